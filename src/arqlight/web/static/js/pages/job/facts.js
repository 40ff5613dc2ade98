// @ts-check
/** The facts of a job, and how it compares with the others of its function. */

import { duration } from "../../core/format.js";
import { html } from "../../core/html.js";
import { Copy } from "../../views/copy.js";
import { Age, Duration, Growing, Time } from "../../views/time.js";
import { Panel } from "./values.js";

/**
 * @typedef {import("./model.js").JobModel} JobModel
 * @typedef {import("./model.js").Percentiles} Percentiles
 */

/** @param {{model: JobModel}} props */
export function Facts({ model }) {
  const job = model.job.value;
  if (!job) return null;
  const { now } = model.frame.live;
  const list = (/** @type {string} */ name, /** @type {string} */ value) =>
    html`<a href=${`${model.frame.urls.jobs_page}?${new URLSearchParams({ [name]: value })}`}>${value}</a>`;
  const time = (/** @type {number | null} */ ms) => ms !== null && html`<${Time} ms=${ms} now=${now} /> <small>(<${Age} ms=${ms} now=${now} />)</small>`;
  const isRunning = job.status === "in_progress" && job.start_ms !== null;
  /** @type {[string, unknown][]} */
  const facts = [
    ["Id", html`<${Copy} text=${job.job_id} what="the id"><code>${job.job_id}</code><//>`],
    ["Function", job.function && list("function", job.function)],
    ["Queue", list("queue", job.queue)],
    ["Batch", job.batch_id && list("batch", job.batch_id)],
    ["Worker", job.worker_id && list("worker", job.worker_id)],
    ["Owner", job.owner],
    ["Tries", job.job_try > 0 && `${job.job_try}${job.job_try <= (job.max_tries ?? 0) ? ` of ${job.max_tries}` : ""}`],
    ["Enqueued", time(job.enqueue_ms)],
    ["Due", job.status !== "complete" && time(job.due_ms)],
    ["Started", time(job.start_ms)],
    ["Finished", time(job.finish_ms)],
    ["Waited", job.wait_ms !== null && html`<${Duration} ms=${job.wait_ms} />`],
    ["Ran", isRunning ? html`<${Growing} from=${job.start_ms} now=${now} />` : job.run_ms !== null && html`<${Duration} ms=${job.run_ms} />`],
    ["Known by", job.source === "plain_arq" && "looking: plain arq writes no events, so some of it may be missing"],
  ];
  return html`
    <${Panel} name="Facts" id="facts">
      <dl class="facts">${facts.filter(([, value]) => value).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    <//>
  `;
}

/** @param {{model: JobModel}} props */
export function UsualPanel({ model }) {
  const usual = model.history.value?.usual;
  const job = model.job.value;
  if (!usual || !job) return null;
  const others = `${usual.count.toLocaleString()} of ${usual.function} that succeeded`;
  return html`
    <${Panel} name="Beside others" id="usual">
      <p class="muted">The ${others} in the last 7 days.</p>
      <table class="usual">
        <thead><tr><td></td><th scope="col">this</th><th scope="col" title="Half took less">p50</th><th scope="col" title="95 % took less">p95</th><th scope="col" title="99 % took less">p99</th></tr></thead>
        <tbody>
          <${UsualRow} name="Wait" ms=${job.wait_ms} usual=${usual.wait} />
          <${UsualRow} name="Run" ms=${job.run_ms} usual=${usual.run} />
        </tbody>
      </table>
    <//>
  `;
}

/** @param {{name: string, ms: number | null, usual: Percentiles}} props */
function UsualRow({ name, ms, usual }) {
  const isSlow = ms !== null && usual.p95 !== null && ms > usual.p95;
  return html`
    <tr>
      <th scope="row">${name}</th>
      <td data-slow=${String(isSlow)}>${duration(ms) || "–"}${isSlow && html`<small> slow</small>`}</td>
      ${[usual.p50, usual.p95, usual.p99].map((one, index) => html`<td key=${index}>${duration(one) || "–"}</td>`)}
    </tr>
  `;
}
