// @ts-check
/** What became of jobs, as colours over a progress bar. It is for the eye: the bar and a text beside it say the same. */

import { html } from "../core/html.js";
import { KINDS } from "../core/vocabulary.js";

/** From the left: what is done, what went wrong, what runs; the rest is left free. @type {readonly import("../core/types.js").Kind[]} */
const ORDER = ["succeeded", "not_found", "aborted", "expired", "failed", "in_progress"];

const WIDTH = 1000;

/** @param {{counts: Partial<Record<import("../core/types.js").Kind, number>>}} props */
export function OutcomeBar({ counts }) {
  const total = KINDS.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
  let before = 0;
  const parts = ORDER.filter((kind) => counts[kind]).map((kind) => {
    const x = before;
    before += ((counts[kind] ?? 0) * WIDTH) / total;
    return html`<rect key=${kind} data-kind=${kind} x=${x} width=${before - x} height="1" />`;
  });
  return html`<svg class="outcome-bar" viewBox=${`0 0 ${WIDTH} 1`} preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`;
}
