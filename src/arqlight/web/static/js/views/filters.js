// @ts-check
/** Counts by kind, which also choose the rows that the table shows. */

import { KINDS } from "../core/vocabulary.js";
import { KIND_WORDS } from "../core/words.js";
import { html } from "../core/html.js";

/**
 * @typedef {import("../core/types.js").Kind} Kind
 * @typedef {import("../pages/task/model.js").Model} Model
 */

/** Those that are always there, so that the row of buttons keeps its place. @type {ReadonlySet<Kind>} */
const ALWAYS = new Set(/** @type {Kind[]} */ (["queued", "in_progress", "succeeded", "failed"]));

/** @param {{model: Model}} props */
export function Filters({ model }) {
  const { counts, total } = model.whole.value;
  const chosen = model.filter.value;
  const kinds = KINDS.filter((kind) => ALWAYS.has(kind) || counts[kind] > 0 || kind === chosen);
  return html`
    <${Choice} model=${model} value="all" word="all" number=${total} />
    ${kinds.map((kind) => html`<${Choice} key=${kind} model=${model} value=${kind} word=${KIND_WORDS[kind]} number=${counts[kind]} />`)}
  `;
}

/** @param {{model: Model, value: Kind | "all", word: string, number: number}} props */
function Choice({ model, value, word, number }) {
  const isChosen = model.filter.value === value;
  return html`
    <li><button type="button" class="choice" data-kind=${value} data-empty=${number === 0} aria-pressed=${String(isChosen)}
      onClick=${() => (model.filter.value = isChosen ? "all" : value)}>
      ${value !== "all" && html`<span class="mark" aria-hidden="true"></span>`}${word} <strong>${number}</strong>
    </button></li>
  `;
}
