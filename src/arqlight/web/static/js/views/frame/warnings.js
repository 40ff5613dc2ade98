// @ts-check
/** The bars that say, on each page, why nothing moves: no worker, or nobody keeps the history. */

import { signal } from "@preact/signals";
import { html } from "../../core/html.js";
import { duration } from "../../core/format.js";

/** @typedef {import("./frame.js").Frame} Frame */

const EVERY_MS = 5_000;
/** Less is what a busy moment makes. */
const FAR_BEHIND_MS = 10_000;

/** @param {Frame} frame */
export function createWarnings(frame) {
  const texts = signal(/** @type {string[]} */ ([]));
  frame.live.poll(async () => {
    const overview = await answerOrNull(frame.api.get("/overview"));
    texts.value = overview ? warningsOf(overview) : [];
  }, EVERY_MS);
  return texts;
}

/**
 * @template T
 * @param {Promise<T>} asked
 * @returns {Promise<T | null>} null for who may not see it
 */
async function answerOrNull(asked) {
  try {
    return await asked;
  } catch (error) {
    if (/** @type {import("../../core/api.js").ApiError} */ (error).isPassing) throw error;
    return null;
  }
}

/**
 * @param {{workers: {up: number}, queues: {served_by: string}[], recorder: {state: string, behind_ms: number | null}}} overview
 * @returns {string[]}
 */
export function warningsOf({ workers, queues, recorder }) {
  const texts = [];
  if (workers.up === 0 && !queues.some((queue) => queue.served_by === "arq")) {
    texts.push("No worker is running. Jobs wait until one is started: arqlight worker your_app.WorkerSettings");
  }
  if (recorder.state === "none") {
    texts.push("Nothing records what happens: lists and charts stand still. Start arqlight recorder, or another web process.");
  } else if ((recorder.behind_ms ?? 0) > FAR_BEHIND_MS) {
    texts.push(`Lists and charts are ${duration(recorder.behind_ms)} behind; the recorder is catching up.`);
  }
  return texts;
}

/** @param {{texts: import("@preact/signals").Signal<string[]>, live: import("./live.js").Live}} props */
export function Warnings({ texts, live }) {
  const refusal = live.refusal.value;
  const all = refusal === "" ? texts.value : [`The server refuses what this page asks: ${refusal}`, ...texts.value];
  return html`<div role="status" aria-label="Warnings">${all.map((text) => html`<p key=${text} class="warning">${text}</p>`)}</div>`;
}
