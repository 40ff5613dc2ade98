// @ts-check
/** Whether the page is live, at the top of every page. */

/** @typedef {import("../core/types.js").StreamState} StreamState */

/** @type {Record<StreamState, string>} */
const WORDS = { idle: "", connecting: "Connecting…", open: "Live", lost: "Reconnecting…" };

/**
 * @param {HTMLElement} line the frame's `#connection`
 * @param {StreamState} state
 */
export function showConnection(line, state) {
  line.dataset.state = state;
  line.textContent = WORDS[state];
}
