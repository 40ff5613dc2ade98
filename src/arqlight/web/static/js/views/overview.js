// @ts-check
/** What the page says of the whole: its progress bar, the title, the connection, and what screen readers hear. */

import { effect } from "@preact/signals";
import { announcement, pageTitle, standing } from "../words.js";

/** @typedef {import("../model.js").Model} Model */

/** @type {Record<import("../types.js").StreamState, string>} */
const CONNECTION_WORDS = { idle: "", connecting: "Connecting…", open: "Live", lost: "Reconnecting…" };

/**
 * Keeps the parts of the page that the server rendered in step with the model.
 *
 * @param {Model} model
 * @param {(id: string) => HTMLElement} element
 */
export function keepOverview(model, element) {
  effect(() => showWhole(model, element));
  effect(() => showConnection(model, element("connection")));
  keepTitle(model);
  keepAnnouncing(model, element("announcer"));
}

/**
 * @param {Model} model
 * @param {(id: string) => HTMLElement} element
 */
function showWhole(model, element) {
  const whole = model.whole.value;
  const bar = /** @type {HTMLProgressElement} */ (element("task-progress"));
  bar.max = Math.max(1, whole.total);
  bar.value = whole.done;
  element("task-progress-text").textContent = whole.total ? standing(whole) : "";
  element("overview").hidden = model.topics.value.length === 0;
  element("jobs").hidden = whole.total === 0;
  element("empty").hidden = model.topics.value.length > 0;
  element("none-shown").hidden = model.rows.value.length > 0 || whole.total === 0;
}

/**
 * @param {Model} model
 * @param {HTMLElement} line
 */
function showConnection(model, line) {
  const state = model.connection.value;
  line.dataset.state = state;
  line.textContent = CONNECTION_WORDS[state];
}

/** @param {Model} model */
function keepTitle(model) {
  const name = document.title;
  effect(() => {
    document.title = pageTitle(model.whole.value, name);
  });
}

/**
 * @param {Model} model
 * @param {HTMLElement} region
 */
function keepAnnouncing(model, region) {
  let before = model.whole.peek();
  effect(() => {
    const now = model.whole.value;
    const text = announcement(before, now);
    before = now;
    if (text) region.textContent = text;
  });
}
