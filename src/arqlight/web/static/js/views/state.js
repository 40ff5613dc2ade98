// @ts-check
/** A job's state: a shape, a colour and a word. */

import { html } from "../core/html.js";
import { kindOf } from "../core/summary.js";
import { STATE_WORDS } from "../core/words.js";

/** @param {{job: {status: import("../core/types.js").Status, outcome: import("../core/types.js").Outcome | null}}} props */
export function State({ job }) {
  return html`<${Kind} kind=${kindOf(job)} />`;
}

/** @param {{kind: import("../core/types.js").Kind, word?: string}} props */
export function Kind({ kind, word = STATE_WORDS[kind] }) {
  return html`<span class="status" data-kind=${kind}><span class="mark" aria-hidden="true"></span>${word}</span>`;
}
