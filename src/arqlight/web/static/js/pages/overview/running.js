// @ts-check
/** What runs now, live: the longest first as the page opens, and then each in its place. */

import { useMemo } from "preact/hooks";
import { cut } from "../../core/format.js";
import { html } from "../../core/html.js";
import { jobUrl, pageUrl } from "../../core/links.js";
import { kindOf } from "../../core/summary.js";
import { progressText } from "../../core/words.js";
import { State } from "../../views/state.js";
import { Table } from "../../views/table.js";
import { Duration, Growing } from "../../views/time.js";

/**
 * @typedef {import("../../core/job-rows.js").JobRow} JobRow
 * @typedef {import("./model.js").OverviewModel} OverviewModel
 */

const LONGEST_CALL = 200;

/** @param {{model: OverviewModel}} props */
export function Running({ model }) {
  const columns = useMemo(() => columnsOf(model.frame), []);
  const rows = model.running.value;
  const read = (/** @type {boolean} */ isRead) => () => (model.isRead = isRead);
  return html`
    <section class="panel" aria-labelledby="running-title" onPointerEnter=${read(true)} onPointerLeave=${read(false)} onFocusIn=${read(true)} onFocusOut=${read(false)}>
      <h2 id="running-title">In progress <small><a href=${pageUrl(model.frame.urls, "jobs", { status: "in_progress", sort: "-age" })}>All of them</a></small></h2>
      ${rows.length === 0
        ? html`<p class="muted">Nothing runs at the moment.</p>`
        : html`<${Table} caption="Jobs in progress" columns=${columns} items=${rows} keyOf=${(/** @type {JobRow} */ { key }) => key}
            rowProps=${(/** @type {JobRow} */ row) => ({ "data-kind": kindOf(row), "data-job": row.job_id })} />`}
    </section>
  `;
}

/**
 * @param {import("../../views/frame/frame.js").Frame} frame
 * @returns {import("../../views/table.js").Column<JobRow>[]}
 */
function columnsOf({ urls, live }) {
  return [
    { id: "state", title: "State", kind: "tight", cell: (job) => html`<${State} job=${job} />` },
    {
      id: "job",
      title: "Job",
      kind: "main",
      cell: (job) => html`<div><a class="call" data-row-link href=${jobUrl(urls, job.job_id)}>${cut(job.call ?? job.function ?? "unknown function", LONGEST_CALL).text}</a></div>`,
    },
    { id: "progress", title: "Progress", kind: "tight", cell: (job) => html`<${Progress} job=${job} />` },
    {
      id: "run",
      title: "Run",
      kind: "number",
      cell: (job) => (job.status === "in_progress" && job.start_ms !== null ? html`<${Growing} from=${job.start_ms} now=${live.now} />` : html`<${Duration} ms=${job.run_ms} />`),
    },
  ];
}

/** @param {{job: JobRow}} props */
function Progress({ job }) {
  if (job.status !== "in_progress" || !job.progress) return null;
  const { fraction } = job.progress;
  return html`<span class="row-progress">
    ${fraction !== null && html`<progress max="1" value=${fraction} aria-label=${`Progress of ${job.job_id}`}></progress>`}
    <span>${fraction === null ? progressText(/** @type {any} */ (job)) : `${Math.floor(fraction * 100)} %`}</span>
  </span>`;
}
