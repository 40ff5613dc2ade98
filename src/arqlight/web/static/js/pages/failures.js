// @ts-check
/** Failures that belong together, the latest first: what fails, since when, how often. */

import { render } from "preact";
import { html } from "../core/html.js";
import { element } from "../core/page.js";
import { startFrame } from "../views/frame/frame.js";
import { moveRow } from "../views/table.js";
import { FailureList } from "./failures/list.js";
import { FailuresModel } from "./failures/model.js";

const frame = startFrame();
const model = new FailuresModel(frame);

addEventListener("popstate", () => model.followAddress());
frame.keys.add(
  { key: "j", does: "The next row", press: () => moveRow(1) },
  { key: "k", does: "The row before", press: () => moveRow(-1) },
  { key: "n", does: "Show the new groups", press: () => model.showFresh() },
);
render(html`<${FailureList} model=${model} />`, element("content"));
