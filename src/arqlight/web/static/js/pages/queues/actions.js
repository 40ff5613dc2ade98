// @ts-check
/** What can be done with a queue. */

import { part } from "../../core/client.js";
import { count } from "../../core/format.js";
import { html } from "../../core/html.js";
import { ActionButton } from "../../views/action-button.js";

/**
 * @typedef {import("./list.js").Queue} Queue
 * @typedef {import("./list.js").Queues} Queues
 */

/** @param {{queues: Queues, queue: Queue}} props */
export function QueueActions({ queues, queue }) {
  const { frame } = queues;
  return html`
    <div class="row-actions">
      <${ActionButton} frame=${frame} word=${queue.paused ? "Resume" : "Pause"} of=${queue.name} act=${() => turn(queues, queue)} />
      <${ActionButton} frame=${frame} word="Empty…" of=${queue.name} className="danger" act=${() => empty(queues, queue)} />
    </div>
  `;
}

/**
 * @param {Queues} queues
 * @param {Queue} queue
 */
async function turn(queues, { name, paused }) {
  const now = await queues.frame.api.post(`/queues/${part(name)}/${paused ? "resume" : "pause"}`);
  queues.show(now);
  queues.frame.say(now.paused ? `${name} is paused: no worker takes a job of it. What runs, runs on.` : `${name} goes on: workers take its jobs again.`);
}

/**
 * @param {Queues} queues
 * @param {Queue} queue
 */
async function empty(queues, { name, depth, deferred }) {
  const { frame } = queues;
  const isSure = await frame.ask({
    title: `Empty ${name}?`,
    text: `${count(depth + deferred, "job")} of it wait${depth + deferred === 1 ? "s" : ""} at the moment, ${deferred} of them deferred. All that wait are deleted; what runs, runs on. This cannot be undone.`,
    action: "Empty",
    isDangerous: true,
  });
  if (!isSure) return;
  const { removed } = await frame.api.post(`/queues/${part(name)}/empty`);
  frame.say(`${count(removed, "job")} of ${name} ${removed === 1 ? "was" : "were"} deleted.`);
  queues.poll.refresh();
}
