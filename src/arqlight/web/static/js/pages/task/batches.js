// @ts-check
/** A line for each thing that the address names: a batch, or a single job. */

import { addressOf } from "../../core/address.js";
import { topicKey } from "../../core/topics.js";
import { count, timeOfDay } from "../../core/format.js";
import { standing } from "../../core/words.js";
import { html } from "../../core/html.js";
import { OutcomeBar } from "../../views/outcome-bar.js";

/**
 * @typedef {import("./model.js").ShownTopic} ShownTopic
 * @typedef {import("./row.js").Shared} Shared
 * @typedef {import("../../core/summary.js").Summary} Summary
 */

/** @param {Shared} props */
export function Batches({ model, actions }) {
  return model.topics.value.map(
    (topic) => html`<${Line} key=${topicKey(topic)} topic=${topic} model=${model} actions=${actions} />`,
  );
}

/** @param {Shared & {topic: ShownTopic}} props */
function Line({ topic, model, actions }) {
  const summary = model.summaries.value.get(topicKey(topic));
  const name = topic.kind === "batch" ? "Batch" : "Job";
  const label = `${name} ${topic.id}`;
  const hide = (/** @type {Event} */ event) => {
    passFocusOn(/** @type {HTMLElement} */ (event.currentTarget));
    actions.hide(topic);
  };
  return html`
    <li class="batch" data-state=${topic.state} data-id=${topic.id}>
      <a class="batch-id" href=${addressOf(actions.page, [topic])} title=${topic.id}>
        ${name} <span>${topic.id}</span>
      </a>
      ${" "}<span class="batch-what">${what(topic, model)}</span>${" "}
      ${topic.state === "ready" && summary && html`<${Standing} summary=${summary} label=${label} />`}
      <button type="button" class="quiet hide" aria-label=${`Hide ${label}`} onClick=${hide}>Hide</button>
    </li>
  `;
}

/** @param {{summary: Summary, label: string}} props */
function Standing({ summary, label }) {
  return html`
    <span class="bar-box">
      <progress aria-label=${`Progress of ${label}`} max=${Math.max(1, summary.total)} value=${summary.done}></progress>
      <${OutcomeBar} counts=${summary.counts} />
    </span>
    <span class="batch-standing">${standing(summary)}</span>${" "}
  `;
}

/**
 * @param {ShownTopic} topic
 * @param {import("./model.js").Model} model
 * @returns {string} what it is, or why there is nothing to show
 */
function what(topic, model) {
  if (topic.state === "loading") return "Loading…";
  if (topic.state === "missing") return topic.problem;
  const jobs = topic.job_ids.map((id) => model.jobs.get(id)).filter((job) => job !== undefined);
  const names = new Set(jobs.map((job) => job.function));
  const name = names.size === 1 ? (jobs[0]?.function ?? null) : null;
  const what = name === null ? count(jobs.length, "job") : topic.kind === "job" ? name : `${name} × ${jobs.length}`;
  const since = jobs.find((job) => job.enqueue_ms !== null)?.enqueue_ms ?? null;
  return since === null ? what : `${what} at ${timeOfDay(since, model.now.peek())}`;
}

/** @param {HTMLElement} button that is about to leave; the next one gets the focus, or what the page begins with */
function passFocusOn(button) {
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#batches .hide")]);
  const at = all.indexOf(button);
  const next = all[at + 1] ?? all[at - 1] ?? document.getElementById("tasks") ?? document.getElementById("main");
  next?.focus();
}
