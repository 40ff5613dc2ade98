// @ts-check
/** Queues: how deep each is, how fast it moves; pause, resume and empty one. */

import { render } from "preact";
import { html } from "../core/html.js";
import { Listing } from "../core/listing.js";
import { element } from "../core/page.js";
import { startFrame } from "../views/frame/frame.js";
import { moveRow } from "../views/table.js";
import { QueueList } from "./queues/list.js";

const EVERY_MS = 2_000;

const frame = startFrame();
/** @type {Listing<import("./queues/list.js").Queue>} */
const queues = new Listing(frame, {
  ask: async () => (await frame.api.get("/queues")).queues,
  keyOf: ({ name }) => name,
  everyMs: EVERY_MS,
});

frame.keys.add(
  { key: "j", does: "The next row", press: () => moveRow(1) },
  { key: "k", does: "The row before", press: () => moveRow(-1) },
);
render(html`<${QueueList} queues=${queues} only=${new URLSearchParams(location.search).getAll("queue")} />`, element("content"));
