// @ts-check
/** The task page: events come in, the reducer makes jobs of them, the views show those. */

import { render } from "preact";
import { createApi } from "../core/api.js";
import { Clock } from "../core/clock.js";
import { openFeed } from "../core/feed.js";
import { html } from "../core/html.js";
import { element, pageData } from "../core/page.js";
import { applyEvents, applyTime } from "../core/store.js";
import { Actions } from "./task/actions.js";
import { Batches } from "./task/batches.js";
import { Filters } from "./task/filters.js";
import { wireForm } from "./task/form.js";
import { Model } from "./task/model.js";
import { createResultLoader } from "./task/omitted.js";
import { keepOverview } from "./task/overview.js";
import { JobTable } from "./task/table.js";

const { urls, form } = pageData();
const model = new Model();
const clock = new Clock();
const announcer = element("announcer");
const actions = new Actions({
  model,
  api: createApi(urls),
  page: urls.page,
  watch,
  announce: (text) => (announcer.textContent = text),
});
const loadResults = createResultLoader((id) => actions.load(id));
const feed = openFeed(urls, {
  onEvents: take,
  onReset: () => void actions.refresh(),
  onState: (state) => (model.connection.value = state),
});

/** @param {import("../core/types.js").LogEvent[]} events */
function take(events) {
  for (const event of events) if (event.at_ms !== undefined) clock.observe(event.at_ms);
  model.setJobs(applyEvents(model.jobs, events));
  loadResults(events.filter((event) => event.result_omitted).map((event) => event.job_id));
}

function tick() {
  // Nobody knows what has happened since: what is shown is as of then.
  if (model.isStale.peek()) return;
  model.now.value = clock.now();
  model.setJobs(applyTime(model.jobs, model.now.value));
}

function watch() {
  const ready = model.topics.value.filter((topic) => topic.state === "ready");
  feed.watch(
    ready.map(({ kind, id, after }) => ({ kind, id, after })),
    ready.flatMap((topic) => topic.job_ids),
  );
}

keepOverview(model, element);
render(html`<${Filters} model=${model} actions=${actions} />`, element("filters"));
render(html`<${Batches} model=${model} actions=${actions} />`, element("batches"));
render(html`<${JobTable} model=${model} actions=${actions} />`, element("rows"));
if (form) {
  wireForm(/** @type {HTMLFormElement} */ (element("tasks_form")), element("form-problem"), (count) => actions.start(count));
}
addEventListener("popstate", () => void actions.followAddress());
setInterval(tick, 1000);
void actions.followAddress();
