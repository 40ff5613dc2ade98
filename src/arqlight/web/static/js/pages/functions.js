// @ts-check
/** Functions: how often each is called, how often it fails, how long it takes. */

import { render } from "preact";
import { html } from "../core/html.js";
import { Listing } from "../core/listing.js";
import { element } from "../core/page.js";
import { startFrame } from "../views/frame/frame.js";
import { moveRow } from "../views/table.js";
import { FunctionList } from "./functions/list.js";

const EVERY_MS = 5_000;

const frame = startFrame();
/** @type {Listing<import("../core/functions.js").FunctionLine>} */
const functions = new Listing(frame, {
  ask: async () => (await frame.api.get("/functions")).functions,
  keyOf: ({ name }) => name,
  everyMs: EVERY_MS,
});

frame.keys.add(
  { key: "j", does: "The next row", press: () => moveRow(1) },
  { key: "k", does: "The row before", press: () => moveRow(-1) },
);
render(html`<${FunctionList} functions=${functions} />`, element("content"));
