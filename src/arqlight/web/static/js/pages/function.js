// @ts-check
/** One function: what it takes, how it is run, how its jobs went. */

import { render } from "preact";
import { part } from "../core/client.js";
import { html } from "../core/html.js";
import { element } from "../core/page.js";
import { startFrame } from "../views/frame/frame.js";
import { FunctionModel } from "./function/model.js";
import { FunctionView } from "./function/view.js";

const frame = startFrame();
const model = new FunctionModel(frame, frame.data.function);

document.title = `${model.name} - ${document.title}`;
render(
  html`<a class="action" href=${`${frame.urls.jobs_page}?${new URLSearchParams({ function: model.name })}`}>Its jobs</a>
    <a class="action first" href=${`${frame.urls.new_page}?function=${part(model.name)}`}>New job</a>`,
  element("page-actions"),
);
render(html`<${FunctionView} model=${model} />`, element("content"));
