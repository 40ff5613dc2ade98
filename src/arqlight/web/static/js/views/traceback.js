// @ts-check
/** A traceback, with the frames of libraries folded. */

import { count, cut, PAGE_LENGTH } from "../core/format.js";
import { html } from "../core/html.js";
import { partsOf } from "../core/traceback.js";

/** @param {{text: string}} props */
export function Traceback({ text }) {
  const shown = cut(text, PAGE_LENGTH).text;
  return html`
    <div class="traceback" role="region" aria-label="Traceback" tabindex="0">
      ${partsOf(shown).map((part, index) =>
        part.isLibrary
          ? html`<details key=${index}><summary>${count(part.frames, "frame")} of libraries</summary><pre>${part.text}</pre></details>`
          : html`<pre key=${index} data-own=${String(part.frames > 0)}>${part.text}</pre>`,
      )}
    </div>
  `;
}
