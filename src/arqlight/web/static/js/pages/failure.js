// @ts-check
/** Failures that belong together: how often, since when, why, and which jobs. */

import { effect } from "@preact/signals";
import { render } from "preact";
import { html } from "../core/html.js";
import { element } from "../core/page.js";
import { shortType } from "../core/words.js";
import { startFrame } from "../views/frame/frame.js";
import { FailureModel } from "./failure/model.js";
import { Buttons, FailureView } from "./failure/view.js";

const frame = startFrame();
const model = new FailureModel(frame, frame.data.fingerprint);
const heading = /** @type {HTMLElement} */ (document.querySelector(".page-head h1"));
const title = document.title;

effect(() => {
  const failure = model.failure.value;
  if (!failure) return;
  heading.textContent = `${shortType(failure).type} in ${failure.function}`;
  document.title = `${heading.textContent} - ${title}`;
});
addEventListener("popstate", () => model.followAddress());
render(html`<${Buttons} model=${model} />`, element("page-actions"));
render(html`<${FailureView} model=${model} />`, element("content"));
