// @ts-check
/** What the page says of the whole: its progress bar, the title, and what screen readers hear. */

import { computed, effect } from "@preact/signals";
import { render } from "preact";
import { html } from "../../core/html.js";
import { showConnection } from "../../views/connection.js";
import { OutcomeBar } from "../../views/outcome-bar.js";
import { announcement, pageTitle, standing } from "../../core/words.js";

/** @typedef {import("./model.js").Model} Model */

/**
 * Keeps the parts of the page that the server rendered in step with the model.
 *
 * @param {Model} model
 * @param {(id: string) => HTMLElement} element
 */
export function keepOverview(model, element) {
  keepWhole(model, /** @type {HTMLProgressElement} */ (element("task-progress")), element("task-progress-text"));
  keepVisible(model, element);
  keepTitle(model);
  keepAnnouncing(model, element("announcer"));
  effect(() => showConnection(element("connection"), model.connection.value, model.now.peek()));
  keep(() => model.isStale.value, (yes) => document.body.toggleAttribute("data-stale", yes));
  render(html`<${Whole} model=${model} />`, element("task-segments"));
}

/**
 * Does something whenever a value is another one than before: writing the same again would lay out the page again.
 *
 * @template T
 * @param {() => T} read
 * @param {(value: T) => unknown} write
 */
function keep(read, write) {
  const value = computed(read);
  effect(() => void write(value.value));
}

/**
 * @param {Model} model
 * @param {HTMLProgressElement} bar
 * @param {HTMLElement} line
 */
function keepWhole(model, bar, line) {
  keep(() => Math.max(1, model.whole.value.total), (total) => (bar.max = total));
  keep(() => model.whole.value.done, (done) => (bar.value = done));
  keep(() => lineOf(model), (text) => (line.textContent = text));
}

/**
 * @param {Model} model
 * @returns {string} what is said of the whole
 */
function lineOf(model) {
  const isLoading = model.topics.value.some(({ state }) => state === "loading");
  if (model.whole.value.total === 0) return isLoading ? "Loading…" : "Nothing to show";
  const { left_ms, ...whole } = model.whole.value;
  return standing({ ...whole, left_ms: model.isStale.value ? null : left_ms });
}

/** @param {{model: Model}} props */
function Whole({ model }) {
  return html`<${OutcomeBar} counts=${model.whole.value.counts} />`;
}

/**
 * @param {Model} model
 * @param {(id: string) => HTMLElement} element
 */
function keepVisible(model, element) {
  const isEmpty = () => model.topics.value.length === 0;
  const hasJobs = () => model.whole.value.total > 0;
  keep(isEmpty, (yes) => (element("overview").hidden = yes));
  keep(isEmpty, (yes) => (element("empty").hidden = !yes));
  keep(hasJobs, (yes) => (element("jobs").hidden = !yes));
  keep(() => hasJobs() && model.sections.value.length === 0, (yes) => (element("none-shown").hidden = !yes));
}

/** @param {Model} model */
function keepTitle(model) {
  const name = document.title;
  keep(() => pageTitle(model.whole.value, name), (title) => (document.title = title));
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
