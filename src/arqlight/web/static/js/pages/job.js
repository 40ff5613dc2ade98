// @ts-check
/** One job: what is known of it now, by Redis and by the history, kept true by the stream. */

import { render } from "preact";
import { effect } from "@preact/signals";
import { cut } from "../core/format.js";
import { html } from "../core/html.js";
import { element } from "../core/page.js";
import { startFrame } from "../views/frame/frame.js";
import { Buttons } from "./job/actions.js";
import { JobModel } from "./job/model.js";
import { JobView } from "./job/view.js";

const LONGEST_TITLE = 300;

const frame = startFrame();
const model = new JobModel(frame, frame.data.job_id);
const heading = /** @type {HTMLElement} */ (document.querySelector(".page-head h1"));
const title = document.title;

effect(() => {
  const call = cut(model.call.value, LONGEST_TITLE).text;
  heading.textContent = call;
  heading.title = model.call.value.length > LONGEST_TITLE ? "" : model.call.value;
  document.title = `${cut(call, 60).text} - ${title}`;
});
render(html`<${Buttons} model=${model} />`, element("page-actions"));
render(html`<${JobView} model=${model} />`, element("content"));
