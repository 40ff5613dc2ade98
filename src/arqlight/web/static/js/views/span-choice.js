// @ts-check
/** Which span of time charts and counts are of. */

import { SPANS } from "../core/series.js";
import { html } from "../core/html.js";

/**
 * @typedef {import("../core/series.js").SpanName} SpanName
 *
 * @param {{span: SpanName, onChoose: (span: SpanName) => void}} props
 */
export function SpanChoice({ span, onChoose }) {
  const names = /** @type {SpanName[]} */ (Object.keys(SPANS));
  return html`
    <ul class="span-choice" aria-label="Span of time">
      ${names.map(
        (name) => html`<li key=${name}><button type="button" class="choice" aria-pressed=${String(name === span)} onClick=${() => onChoose(name)}>${SPANS[name].word}</button></li>`,
      )}
    </ul>
  `;
}
