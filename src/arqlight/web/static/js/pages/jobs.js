// @ts-check
/** The list of jobs: the address says which, the API answers, the stream keeps what is shown true. */

import { effect } from "@preact/signals";
import { render } from "preact";
import { html } from "../core/html.js";
import { element } from "../core/page.js";
import { startFrame } from "../views/frame/frame.js";
import { moveRow } from "../views/table.js";
import { JobList } from "./jobs/list.js";
import { JobsModel } from "./jobs/model.js";
import { Export, SavedViews } from "./jobs/saved.js";

const frame = startFrame();
const model = new JobsModel(frame);

effect(() => model.age(frame.live.now.value));
addEventListener("popstate", () => model.followAddress());
frame.keys.add(
  { key: "j", does: "The next row", press: () => moveRow(1) },
  { key: "k", does: "The row before", press: () => moveRow(-1) },
  { key: "x", does: "Select the row, or not", press: selectRow },
  { key: "n", does: "Show the new jobs", press: () => model.showFresh() },
);
render(
  html`<${SavedViews} model=${model} /><${Export} model=${model} /><a class="action first" href=${frame.urls.new_page}>New job</a>`,
  element("page-actions"),
);
render(html`<${JobList} model=${model} frame=${frame} />`, element("content"));

function selectRow() {
  const box = document.activeElement?.closest("tr")?.querySelector("input[type=checkbox]");
  if (box instanceof HTMLElement) box.click();
}
