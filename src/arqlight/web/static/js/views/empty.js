// @ts-check
/** What stands where there is nothing, or nothing yet. */

import { html } from "../core/html.js";

/** @param {{title: string, children?: any}} props what there is not, and what to do about it */
export function Empty({ title, children = null }) {
  return html`<div class="nothing"><p class="nothing-title">${title}</p>${children}</div>`;
}

/** @param {{lines?: number}} props grey lines that keep the place of what is being loaded */
export function Loading({ lines = 8 }) {
  return html`
    <div class="loading" role="status"><span class="unseen">Loading…</span>
      ${Array.from({ length: lines }, (_, index) => html`<span key=${index} class="loading-line" aria-hidden="true"></span>`)}
    </div>
  `;
}
