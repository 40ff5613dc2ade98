// @ts-check
/** Workers: what each runs and how it is; those that were lost; drain one. */

import { render } from "preact";
import { html } from "../core/html.js";
import { element } from "../core/page.js";
import { startFrame } from "../views/frame/frame.js";
import { moveRow } from "../views/table.js";
import { WorkerList } from "./workers/list.js";
import { listWorkers } from "./workers/model.js";

const frame = startFrame();
const workers = listWorkers(frame);
const query = new URLSearchParams(location.search);

frame.keys.add(
  { key: "j", does: "The next row", press: () => moveRow(1) },
  { key: "k", does: "The row before", press: () => moveRow(-1) },
);
render(html`<${WorkerList} workers=${workers} ids=${query.getAll("worker")} queues=${query.getAll("queue")} />`, element("content"));
