// @ts-check
/** What a row shows on demand: the job's call, its times, and the whole of its result or error. */

import { useEffect, useState } from "preact/hooks";
import { call, cut, PAGE_LENGTH, partOf, pretty, timeOfDay } from "../../core/format.js";
import { errorText } from "../../core/words.js";
import { html } from "../../core/html.js";

/**
 * @typedef {import("../../core/types.js").JobView} JobView
 * @typedef {import("./actions.js").Actions} Actions
 */

/** @param {{id: string, job: JobView, now: number, actions: Actions, columns: number}} props */
export function Detail({ id, job, now, actions, columns }) {
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let isGone = false;
    actions.load(job.job_id).then((text) => {
      if (!isGone) setProblem(text);
    });
    return () => {
      isGone = true;
    };
  }, [job.status, job.job_try]);
  return html`
    <tr role="row" class="detail" id=${id}>
      <td role="cell" colspan=${columns}>
        ${problem && html`<p role="alert" class="error">${problem}</p>`}
        <dl>${facts(job, now).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
        <${Whole} job=${job} valuesUrl=${actions.valuesUrl(job.job_id)} />
      </td>
    </tr>
  `;
}

/**
 * @param {JobView} job
 * @param {number} now
 * @returns {[string, unknown][]} names and values, without those that are not known
 */
function facts(job, now) {
  const time = (/** @type {number | null} */ ms) => ms !== null && timeOfDay(ms, now);
  /** @type {[string, unknown][]} */
  const all = [
    ["Call", job.function !== null && html`<code>${cut(call(job.function, job.args, job.kwargs), PAGE_LENGTH).text}</code>`],
    ["Queue", job.queue],
    ["Enqueued", time(job.enqueue_ms)],
    ["Due", job.status === "deferred" && time(job.due_ms)],
    ["Started", time(job.start_ms)],
    ["Finished", time(job.finish_ms)],
    ["Worker", job.worker_id],
  ];
  return all.filter(([, value]) => value);
}

/** @param {{job: JobView, valuesUrl: string}} props */
function Whole({ job, valuesUrl }) {
  const whole = wholeText(job);
  if (whole === "") return null;
  const { text, cut: isCut } = cut(whole, PAGE_LENGTH);
  const name = job.error ? "Traceback" : "Result";
  const isBeginning = isCut || (!job.error && Boolean(partOf(job.result)?.head));
  return html`
    <pre tabindex="0" role="region" aria-label=${`${name} of job ${job.job_id}`}>${text}</pre>
    ${isBeginning && html`<p>This is the beginning. <a href=${valuesUrl}>All of it, as JSON</a></p>`}
  `;
}

/**
 * @param {JobView} job
 * @returns {string}
 */
function wholeText(job) {
  if (job.error) return job.error.traceback || errorText(job.error);
  return job.outcome === "succeeded" && !job.result_omitted ? pretty(job.result) : "";
}
