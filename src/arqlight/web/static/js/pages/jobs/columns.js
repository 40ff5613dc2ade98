// @ts-check
/** The columns of the list of jobs. */

import { part } from "../../core/client.js";
import { cut } from "../../core/format.js";
import { html } from "../../core/html.js";
import { errorText, progressText, shortType } from "../../core/words.js";
import { Copy } from "../../views/copy.js";
import { State } from "../../views/state.js";
import { Age, Duration, Growing } from "../../views/time.js";

/**
 * @typedef {import("../../core/job-rows.js").JobRow} JobRow
 * @typedef {import("../../views/frame/frame.js").Frame} Frame
 * @typedef {import("../../views/table.js").Column<JobRow>} Column
 */

const SHORT_ID = 8;
/** arq's; naming it in each row would say nothing. */
const DEFAULT_QUEUE = "arq:queue";
const LONGEST_TEXT = 300;

/**
 * @param {Frame} frame
 * @returns {Column[]}
 */
export function jobColumns({ live, urls }) {
  const { now } = live;
  return [
    { id: "state", title: "State", kind: "tight", cell: (job) => html`<${State} job=${job} />` },
    {
      id: "job",
      title: "Job",
      kind: "main",
      cell: (job) => html`
        <a class="job-call" data-row-link href=${`${urls.jobs_page}/${part(job.job_id)}`}>${cut(job.call ?? job.function ?? "unknown function", LONGEST_TEXT).text}</a>
        <div class="job-facts">
          <${Copy} text=${job.job_id} what=${`the id ${cut(job.job_id, LONGEST_TEXT).text}`}><code>${shortId(job.job_id)}</code><//>
          ${job.worker_id && html`<code class="job-worker" title=${`Worker ${job.worker_id}`}>${job.worker_id}</code>`}
          ${job.queue !== DEFAULT_QUEUE && html`<code title="Queue">${job.queue}</code>`}
          <${Remark} job=${job} now=${now} />
        </div>
      `,
    },
    { id: "tries", title: "Tries", kind: "number", sort: "tries", cell: (job) => job.job_try || "" },
    { id: "wait", title: "Wait", kind: "number", sort: "wait", cell: (job) => html`<${Wait} job=${job} now=${now} />` },
    { id: "run", title: "Run", kind: "number", sort: "run", cell: (job) => html`<${Run} job=${job} now=${now} />` },
    { id: "age", title: "Age", kind: "number", sort: "age", cell: (job) => html`<${Age} ms=${job.enqueue_ms} now=${now} />` },
  ];
}

/**
 * @param {string} id
 * @returns {string}
 */
export function shortId(id) {
  return cut(id, SHORT_ID + 1).text;
}

/** @param {{job: JobRow, now: import("../../views/time.js").Now}} props what the state and the call do not say: the error, how far it is, the next try */
function Remark({ job, now }) {
  if (job.status === "deferred" && job.job_try > 0) {
    return html`<span class="job-remark">next try <${Age} ms=${job.due_ms} now=${now} />${job.error && `, after ${shortType(job.error).type}`}</span>`;
  }
  if (job.error) return html`<span class="error job-remark">${cut(errorText(shortType(job.error)), LONGEST_TEXT).text}</span>`;
  if (job.status !== "in_progress" || !job.progress) return null;
  const { fraction } = job.progress;
  return html`
    ${fraction !== null && html`<progress max="1" value=${fraction} aria-label=${`Progress of ${job.job_id}`}></progress>`}
    <span class="job-remark progress-text">${progressText(/** @type {any} */ (job))}</span>
  `;
}

/** @param {{job: JobRow, now: import("../../views/time.js").Now}} props */
function Wait({ job, now }) {
  if (job.wait_ms !== null) return html`<${Duration} ms=${job.wait_ms} />`;
  if (job.status === "deferred") return html`<${Age} ms=${job.due_ms} now=${now} />`;
  if (job.status !== "queued" || job.enqueue_ms === null) return null;
  return html`<${Growing} from=${Math.max(job.enqueue_ms, job.due_ms ?? 0)} now=${now} />`;
}

/** @param {{job: JobRow, now: import("../../views/time.js").Now}} props */
function Run({ job, now }) {
  if (job.status === "in_progress" && job.start_ms !== null) return html`<${Growing} from=${job.start_ms} now=${now} />`;
  return html`<${Duration} ms=${job.run_ms} />`;
}
