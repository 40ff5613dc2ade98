// @ts-check
/** Batches, the youngest first: how far each is, and what became of its jobs. */

import { render } from "preact";
import { html } from "../core/html.js";
import { element } from "../core/page.js";
import { startFrame } from "../views/frame/frame.js";
import { moveRow } from "../views/table.js";
import { BatchList, Fresh } from "./batches/list.js";
import { BatchesModel } from "./batches/model.js";

const frame = startFrame();
const model = new BatchesModel(frame);

addEventListener("popstate", () => model.followAddress());
frame.keys.add(
  { key: "j", does: "The next row", press: () => moveRow(1) },
  { key: "k", does: "The row before", press: () => moveRow(-1) },
  { key: "n", does: "Show the new batches", press: () => model.showFresh() },
);
render(html`<${Fresh} model=${model} />`, element("page-actions"));
render(html`<${BatchList} model=${model} />`, element("content"));
