// @ts-check
/** Cron jobs: when each runs, what became of its last runs; run one now, switch one off and on. */

import { render } from "preact";
import { html } from "../core/html.js";
import { Listing } from "../core/listing.js";
import { element } from "../core/page.js";
import { startFrame } from "../views/frame/frame.js";
import { moveRow } from "../views/table.js";
import { ScheduleList } from "./schedules/list.js";

const EVERY_MS = 2_000;

const frame = startFrame();
/** @type {Listing<import("./schedules/list.js").Schedule>} */
const schedules = new Listing(frame, {
  ask: async () => (await frame.api.get("/schedules")).schedules,
  keyOf: ({ name }) => name,
  everyMs: EVERY_MS,
});

frame.keys.add(
  { key: "j", does: "The next row", press: () => moveRow(1) },
  { key: "k", does: "The row before", press: () => moveRow(-1) },
);
render(html`<${ScheduleList} schedules=${schedules} />`, element("content"));
