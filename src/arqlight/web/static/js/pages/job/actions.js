// @ts-check
/** What can be done with a job. Each button is there when it can do something, and says what came of it. */

import { sentenceOf } from "../../core/answers.js";
import { part } from "../../core/client.js";
import { html } from "../../core/html.js";
import { Copies } from "./copies.js";

/**
 * @typedef {import("./model.js").JobModel} JobModel
 * @typedef {import("../../core/answers.js").JobAction} JobAction
 */

/** @param {{model: JobModel}} props */
export function Buttons({ model }) {
  const job = model.job.value;
  if (!job) return null;
  const { urls } = model.frame;
  const isOver = job.status === "complete";
  const can = { retry: isOver, "run-now": job.status === "deferred", abort: !isOver, delete: job.status !== "in_progress" };
  const button = (/** @type {JobAction} */ action, /** @type {string} */ word, className = "") =>
    html`<button type="button" class=${`action ${className}`} onClick=${() => act(model, action)}>${word}</button>`;
  return html`
    ${can.retry && button("retry", "Retry", "first")}
    ${can["run-now"] && button("run-now", "Run now", "first")}
    ${can.abort && button("abort", "Abort")}
    <a class="action" href=${`${urls.new_page}?${new URLSearchParams({ from: job.job_id })}`}>${isOver ? "Edit and retry" : "Edit a copy"}</a>
    ${button("duplicate", "Duplicate")}
    <${Copies} model=${model} />
    ${can.delete && button("delete", "Delete…", "danger")}
  `;
}

/**
 * @param {JobModel} model
 * @param {JobAction} action
 */
async function act(model, action) {
  const { frame, path } = model;
  if (action === "delete" && !(await frame.ask(DELETE))) return;
  try {
    const reply = await (action === "delete" ? frame.api.delete(path) : frame.api.post(`${path}/${action}`));
    const { text, isAsAsked } = sentenceOf(action, reply.answer);
    frame.say(text, { isProblem: !isAsAsked });
    if (action === "duplicate") location.assign(`${frame.urls.jobs_page}/${part(reply.job_id)}`);
    else if (reply.job && reply.job.status !== "not_found") model.take(reply.job);
  } catch (error) {
    frame.say(/** @type {Error} */ (error).message, { isProblem: true });
  }
  model.poll.refresh();
}

const DELETE = {
  title: "Delete this job?",
  text: "Redis forgets it, with its result. This cannot be undone.",
  action: "Delete",
  isDangerous: true,
};
