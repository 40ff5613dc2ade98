// @ts-check
/** Whether the page is live, at the top of every page. */

import { timeOfDay } from "../core/format.js";

/** @typedef {import("../core/types.js").StreamState} StreamState */

/** @type {Record<StreamState, string>} */
const WORDS = { idle: "", connecting: "Connecting…", open: "Live", lost: "Reconnecting…" };

/**
 * @param {HTMLElement} line the page's `#connection`
 * @param {StreamState} state
 * @param {number} now the server's time, in Unix milliseconds: what is shown is as of then
 */
export function showConnection(line, state, now) {
  line.dataset.state = state;
  line.textContent = state === "lost" ? `${WORDS[state]} as of ${timeOfDay(now, now)}` : WORDS[state];
}
