// @ts-check
/** The states with how many jobs are in each; a click shows those alone, with Ctrl those too. */

import { html } from "../../core/html.js";
import { KINDS, OUTCOMES } from "../../core/vocabulary.js";
import { STATE_WORDS } from "../../core/words.js";

/**
 * @typedef {import("./model.js").JobsModel} JobsModel
 * @typedef {import("../../core/types.js").Kind} Kind
 */

const SHOWN = KINDS.filter((kind) => kind !== "not_found");
const numbers = new Intl.NumberFormat();

/** @param {{model: JobsModel}} props */
export function StateTabs({ model }) {
  const { filters } = model.query.value;
  const chosen = new Set([...(filters.status ?? []), ...(filters.outcome ?? [])]);
  const counts = model.counts.value;
  const choose = (/** @type {Kind | null} */ kind, /** @type {MouseEvent} */ event) =>
    model.set({ filters: withState(filters, kind, event.ctrlKey || event.metaKey) });
  const total = counts && Object.values(counts).reduce((sum, count) => sum + count, 0);
  return html`
    <ul class="filters state-tabs" aria-label="Show jobs that are">
      <${Tab} word="all" kind="all" count=${total} isCapped=${model.capped.value.length > 0} isChosen=${chosen.size === 0}
        onClick=${(/** @type {MouseEvent} */ event) => choose(null, event)} />
      ${SHOWN.map(
        (kind) => html`<${Tab} key=${kind} word=${STATE_WORDS[kind]} kind=${kind} count=${counts?.[kind]}
          isCapped=${model.capped.value.includes(kind)} isChosen=${chosen.has(kind)}
          onClick=${(/** @type {MouseEvent} */ event) => choose(kind, event)} />`,
      )}
    </ul>
  `;
}

/** @param {{word: string, kind: string, count: number | null | undefined, isCapped: boolean, isChosen: boolean, onClick: (event: MouseEvent) => void}} props */
function Tab({ word, kind, count, isCapped, isChosen, onClick }) {
  const number = count === null || count === undefined ? "–" : `${numbers.format(count)}${isCapped ? "+" : ""}`;
  return html`
    <li><button type="button" class="choice" data-kind=${kind} data-empty=${String(count === 0)} aria-pressed=${String(isChosen)} onClick=${onClick}>
      ${kind !== "all" && html`<span class="mark" aria-hidden="true"></span>`}${word} <strong>${number}</strong>
    </button></li>
  `;
}

/**
 * @param {Record<string, string[]>} filters
 * @param {Kind | null} kind null for all states
 * @param {boolean} isAdded beside those that are chosen
 * @returns {Record<string, string[]>}
 */
export function withState(filters, kind, isAdded) {
  const { status = [], outcome = [], ...others } = filters;
  if (kind === null) return others;
  const isChosen = status.includes(kind) || outcome.includes(kind);
  const before = isAdded ? [...status, ...outcome].filter((one) => one !== kind) : [];
  const isAlone = isChosen && status.length + outcome.length === 1;
  const chosen = isAlone || (isAdded && isChosen) ? before : [...before, kind];
  const isOutcome = (/** @type {string} */ one) => OUTCOMES.some((word) => word === one);
  const next = { status: chosen.filter((one) => !isOutcome(one)), outcome: chosen.filter(isOutcome) };
  return { ...others, ...Object.fromEntries(Object.entries(next).filter(([, values]) => values.length > 0)) };
}
