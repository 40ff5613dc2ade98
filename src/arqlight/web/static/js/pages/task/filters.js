// @ts-check
/** Counts by kind, which also choose the rows that the table shows. */

import { html } from "../../core/html.js";
import { KINDS } from "../../core/vocabulary.js";
import { STATE_WORDS } from "../../core/words.js";

/**
 * @typedef {import("../../core/types.js").Kind} Kind
 * @typedef {import("../../core/address.js").View} View
 * @typedef {import("./row.js").Shared} Shared
 */

/** Those that are always there, so that the row of buttons keeps its place. @type {ReadonlySet<Kind>} */
const ALWAYS = new Set(/** @type {Kind[]} */ (["queued", "in_progress", "succeeded", "failed"]));

/** @param {Shared} props */
export function Filters({ model, actions }) {
  const { counts, total, done } = model.whole.value;
  const { show, hidesDone } = model.view.value;
  const kinds = KINDS.filter((kind) => ALWAYS.has(kind) || counts[kind] > 0 || kind === show);
  return html`
    <${Choice} shown=${show} actions=${actions} value="all" word="all" number=${total} />
    ${kinds.map(
      (kind) => html`<${Choice} key=${kind} shown=${show} actions=${actions} value=${kind} word=${STATE_WORDS[kind]} number=${counts[kind]} />`,
    )}
    ${(hidesDone || done > 0) &&
    show === "all" &&
    html`<li class="filters-end"><button type="button" class="choice" aria-pressed=${String(hidesDone)}
      onClick=${() => actions.show({ hidesDone: !hidesDone })}>hide finished</button></li>`}
  `;
}

/** @param {{shown: View["show"], actions: Shared["actions"], value: View["show"], word: string, number: number}} props */
function Choice({ shown, actions, value, word, number }) {
  const isChosen = shown === value;
  return html`
    <li><button type="button" class="choice" data-kind=${value} data-empty=${number === 0} aria-pressed=${String(isChosen)}
      onClick=${() => actions.show({ show: isChosen ? "all" : value })}>
      ${value !== "all" && html`<span class="mark" aria-hidden="true"></span>`}${word} <strong>${number}</strong>
    </button></li>
  `;
}
