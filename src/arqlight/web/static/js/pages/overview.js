// @ts-check
/** The console's first page: what needs attention, how things stand, what ended over time, what runs. */

import { render } from "preact";
import { html } from "../core/html.js";
import { element } from "../core/page.js";
import { startFrame } from "../views/frame/frame.js";
import { SpanChoice } from "../views/span-choice.js";
import { OverviewModel } from "./overview/model.js";
import { OverviewView } from "./overview/view.js";

const frame = startFrame();
const model = new OverviewModel(frame);

addEventListener("popstate", () => model.followAddress());
render(html`<${Span} />`, element("page-actions"));
render(html`<${OverviewView} model=${model} />`, element("content"));

function Span() {
  return html`<${SpanChoice} span=${model.span.value} onChoose=${(/** @type {import("../core/series.js").SpanName} */ span) => model.choose(span)} />`;
}
