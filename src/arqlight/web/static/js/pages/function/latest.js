// @ts-check
/** The columns of a function's latest jobs. */

import { cut } from "../../core/format.js";
import { html } from "../../core/html.js";
import { jobUrl } from "../../core/links.js";
import { errorText, shortType } from "../../core/words.js";
import { State } from "../../views/state.js";
import { Age, Duration, Growing } from "../../views/time.js";

const LONGEST_TEXT = 200;

/**
 * @param {import("../../views/frame/frame.js").Frame} frame
 * @returns {import("../../views/table.js").Column<import("./model.js").JobRow>[]}
 */
export function latestColumns({ urls, live }) {
  const { now } = live;
  return [
    { id: "state", title: "State", kind: "tight", cell: (job) => html`<${State} job=${job} />` },
    {
      id: "job",
      title: "Job",
      kind: "main",
      cell: (job) => html`
        <div><a class="call" data-row-link href=${jobUrl(urls, job.job_id)}>${cut(job.call ?? job.job_id, LONGEST_TEXT).text}</a></div>
        ${job.error && html`<div class="facts"><span class="error">${cut(errorText(shortType(job.error)), LONGEST_TEXT).text}</span></div>`}
      `,
    },
    { id: "tries", title: "Tries", kind: "number", cell: (job) => job.job_try || "" },
    { id: "wait", title: "Wait", kind: "number", cell: (job) => html`<${Duration} ms=${job.wait_ms} />` },
    {
      id: "run",
      title: "Run",
      kind: "number",
      cell: (job) => (job.status === "in_progress" && job.start_ms !== null ? html`<${Growing} from=${job.start_ms} now=${now} />` : html`<${Duration} ms=${job.run_ms} />`),
    },
    { id: "age", title: "Age", kind: "number", cell: (job) => html`<${Age} ms=${job.enqueue_ms} now=${now} />` },
  ];
}
