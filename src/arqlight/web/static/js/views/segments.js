// @ts-check
/** A bar with a segment for each state that jobs are in, and the same in words. */

import { html } from "../core/html.js";
import { STATE_WORDS } from "../core/words.js";

/** From what is over to what is to come. */
const ORDER = /** @type {const} */ (["succeeded", "failed", "expired", "aborted", "in_progress", "queued", "deferred"]);
const numbers = new Intl.NumberFormat();

/** @param {{counts: Record<string, number>, total: number, label: string}} props */
export function Segments({ counts, total, label }) {
  const shown = ORDER.filter((kind) => counts[kind]);
  const words = shown.map((kind) => `${numbers.format(counts[kind] ?? 0)} ${STATE_WORDS[kind]}`).join(", ");
  return html`
    <div class="segments-box" title=${words}>
      <div class="segments" role="img" aria-label=${`${label}: ${words || "none"}`}>
        ${shown.map((kind) => html`<span key=${kind} class="segment" data-kind=${kind} style=${{ flexGrow: (counts[kind] ?? 0) / Math.max(1, total) }}></span>`)}
      </div>
      <div class="segments-words" aria-hidden="true">${words}</div>
    </div>
  `;
}
