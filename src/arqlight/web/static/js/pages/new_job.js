// @ts-check
/** A new job: a form from what the workers published of their functions. */

import { render } from "preact";
import { html } from "../core/html.js";
import { element } from "../core/page.js";
import { startFrame } from "../views/frame/frame.js";
import { NewJobForm } from "./new_job/form.js";
import { NewJobModel } from "./new_job/model.js";

const model = new NewJobModel(startFrame());

render(html`<${NewJobForm} model=${model} />`, element("content"));
