// @ts-check
/** One job, from what matters first: where it is, why it waits, its life, its error, its values. */

import { part } from "../../core/client.js";
import { html } from "../../core/html.js";
import { progressText, shortType } from "../../core/words.js";
import { Empty, Loading } from "../../views/empty.js";
import { State } from "../../views/state.js";
import { Age } from "../../views/time.js";
import { Diagram } from "./diagram.js";
import { JobErrorPanel } from "./error.js";
import { Facts, UsualPanel } from "./facts.js";
import { Logs } from "./logs.js";
import { Timeline } from "./timeline.js";
import { Arguments, Panel, Result } from "./values.js";

/** @typedef {import("./model.js").JobModel} JobModel */

/** @param {{model: JobModel}} props */
export function JobView({ model }) {
  if (!model.isLoaded.value) return html`<${Loading} lines=${10} />`;
  if (!model.job.value) {
    return html`<${Empty} title="There is no such job.">
      <p>It was deleted, its result has expired and the history is too young to know it, or it never was.</p>
      <p><a href=${model.frame.urls.jobs_page}>All jobs</a></p>
    <//>`;
  }
  return html`
    <div class="job-standing"><${Diagram} model=${model} /><${Why} model=${model} /><${Progress} model=${model} /></div>
    <div class="job-columns">
      <div class="job-main">
        <${Timeline} model=${model} />
        <${JobErrorPanel} model=${model} />
        <${Result} model=${model} />
        <${Arguments} model=${model} />
        <${Logs} model=${model} />
      </div>
      <div class="job-side"><${Facts} model=${model} /><${UsualPanel} model=${model} /><${Tries} model=${model} /><${Earlier} model=${model} /></div>
    </div>
  `;
}

/** @param {{model: JobModel}} props why it does not run, when it does not */
function Why({ model }) {
  const status = model.job.value?.status;
  const why = model.history.value?.why_waiting;
  if (!why || (status !== "deferred" && status !== "queued")) return null;
  return html`<p class="notice why" role="status"><strong>Why it does not run:</strong> ${why}</p>`;
}

/** @param {{model: JobModel}} props */
function Progress({ model }) {
  const job = model.job.value;
  if (job?.status !== "in_progress" || !job.progress) return null;
  return html`
    <div class="job-progress">
      <progress max="1" value=${job.progress.fraction ?? undefined} aria-label="Progress"></progress>
      <span>${progressText(/** @type {any} */ (job))}</span>
    </div>
  `;
}

/** @param {{model: JobModel}} props the tries, when there is more than one */
function Tries({ model }) {
  const tries = model.history.value?.tries ?? [];
  if (tries.length < 2) return null;
  return html`
    <${Panel} name="Tries" id="tries">
      <ol class="tries">${tries.map(
        (one) => html`<li key=${one.number} value=${one.number}>
          <span>${(one.ended ?? "in progress").replaceAll("_", " ")}</span>${one.worker_id && html` <code>${one.worker_id}</code>`}
          ${one.error && html`<div class="error">${shortType(one.error).type}: ${one.error.message}</div>`}
        </li>`,
      )}</ol>
    <//>
  `;
}

/** @param {{model: JobModel}} props jobs that had this id before */
function Earlier({ model }) {
  const earlier = model.history.value?.earlier ?? [];
  if (earlier.length === 0) return null;
  return html`
    <${Panel} name="Earlier runs of this id" id="earlier">
      <ul class="earlier">${earlier.map(
        (row) => html`<li key=${row.key}><a href=${`${model.frame.urls.jobs_page}/${part(row.job_id)}?${new URLSearchParams({ key: row.key })}`}>
          <${State} job=${row} /></a> <${Age} ms=${row.enqueue_ms} now=${model.frame.live.now} /> ago</li>`,
      )}</ul>
    <//>
  `;
}
