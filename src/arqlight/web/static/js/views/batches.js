// @ts-check
/** A line for each thing that the address names: a batch, or a single job. */

import { addressOf } from "../core/address.js";
import { topicKey } from "../core/topics.js";
import { count, timeOfDay } from "../core/format.js";
import { standing } from "../core/words.js";
import { html } from "../core/html.js";

/**
 * @typedef {import("../pages/task/model.js").ShownTopic} ShownTopic
 * @typedef {import("./rows.js").Shared} Shared
 * @typedef {import("../core/summary.js").Summary} Summary
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
  return html`
    <li class="batch" data-state=${topic.state} data-id=${topic.id}>
      <a class="batch-id" href=${addressOf(actions.page, [topic])} title=${topic.id}>
        ${name} <span>${topic.id}</span>
      </a>
      ${" "}<span class="batch-what">${what(topic, model)}</span>${" "}
      ${topic.state === "ready" && summary && html`<${Standing} summary=${summary} label=${label} />`}
      <button type="button" class="quiet hide" aria-label=${`Hide ${label}`} onClick=${() => actions.hide(topic)}>Hide</button>
    </li>
  `;
}

/** @param {{summary: Summary, label: string}} props */
function Standing({ summary, label }) {
  return html`
    <progress aria-label=${`Progress of ${label}`} max=${summary.total} value=${summary.done}></progress>
    <span class="batch-standing">${standing(summary)}</span>${" "}
  `;
}

/**
 * @param {ShownTopic} topic
 * @param {import("../pages/task/model.js").Model} model
 * @returns {string} what it is, or why there is nothing to show
 */
function what(topic, model) {
  if (topic.state === "loading") return "Loading…";
  if (topic.state === "missing") return topic.problem;
  const jobs = topic.job_ids.map((id) => model.jobs.get(id)).filter((job) => job !== undefined);
  const names = new Set(jobs.map((job) => job.function));
  const name = names.size === 1 ? (jobs[0]?.function ?? null) : null;
  const what = name === null ? count(jobs.length, "job") : topic.kind === "job" ? name : `${name} × ${jobs.length}`;
  const since = jobs[0]?.enqueue_ms ?? null;
  return since === null ? what : `${what} at ${timeOfDay(since, model.now.peek())}`;
}
