// @ts-check
/** Wires the task page: events come in, the reducer makes jobs of them, the views show those. */

import { render } from "preact";
import { Actions } from "./actions.js";
import { createApi } from "./api.js";
import { Clock } from "./clock.js";
import { wireForm } from "./form.js";
import { merged } from "./frame.js";
import { Model } from "./model.js";
import { createResultLoader } from "./omitted.js";
import { FINAL_EVENTS } from "./changes.js";
import { applyEvents, applyTime } from "./store.js";
import { openStream } from "./stream.js";
import { Batches } from "./views/batches.js";
import { Filters } from "./views/filters.js";
import { html } from "./views/html.js";
import { keepOverview } from "./views/overview.js";
import { Rows } from "./views/rows.js";

/** @typedef {import("./types.js").JobEvent} JobEvent */

/** @type {import("./types.js").PageData} */
const page = JSON.parse(element("page-data").textContent ?? "");
const model = new Model();
const clock = new Clock();
const api = createApi(page.urls);
const actions = new Actions({ model, api, page: page.urls.page, watch, announce });
const loadResults = createResultLoader((id) => actions.load(id));
const flushing = merged(flush);
/** @type {JobEvent[]} */
let arrived = [];

const stream = openStream(
  { events: page.urls.events, worker: page.stream_worker },
  {
    onEvent(event) {
      arrived.push(event);
      if (FINAL_EVENTS.has(event.event)) flushing.atOnce();
      else flushing.atFrame();
    },
    onReset: () => void actions.refresh(),
    onState: (state) => (model.connection.value = state),
  },
);

function flush() {
  const events = arrived;
  arrived = [];
  for (const event of events) if (event.at_ms !== undefined) clock.observe(event.at_ms);
  model.setJobs(applyEvents(model.jobs, events));
  loadResults(events.filter((event) => event.result_omitted).map((event) => event.job_id));
}

function tick() {
  model.now.value = clock.now();
  model.setJobs(applyTime(model.jobs, model.now.value));
}

function watch() {
  const ready = model.topics.value.filter((topic) => topic.state === "ready");
  stream.watch(
    ready.map(({ kind, id, after }) => ({ kind, id, after })),
    ready.flatMap((topic) => topic.job_ids),
  );
}

/** @param {string} text */
function announce(text) {
  element("announcer").textContent = text;
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found;
}

keepOverview(model, element);
render(html`<${Filters} model=${model} />`, element("filters"));
render(html`<${Batches} model=${model} actions=${actions} />`, element("batches"));
render(html`<${Rows} model=${model} actions=${actions} />`, element("rows"));
if (page.form) {
  wireForm(/** @type {HTMLFormElement} */ (element("tasks_form")), element("form-problem"), (count) => actions.start(count));
}
addEventListener("popstate", () => void actions.followAddress());
setInterval(tick, 1000);
void actions.followAddress();
