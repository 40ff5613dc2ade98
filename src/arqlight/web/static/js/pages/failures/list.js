// @ts-check
/** Groups of failures in a table, with what chooses them above it. */

import { useMemo } from "preact/hooks";
import { html } from "../../core/html.js";
import { Empty, Loading } from "../../views/empty.js";
import { SpanChoice } from "../../views/span-choice.js";
import { Table } from "../../views/table.js";
import { failureColumns } from "./columns.js";

/**
 * @typedef {import("./model.js").FailuresModel} FailuresModel
 * @typedef {import("./model.js").Failure} Failure
 */

/** Typing goes on for so long before the list is asked for. */
const TYPING_MS = 250;

/** @param {{model: FailuresModel}} props */
export function FailureList({ model }) {
  return html`
    <div class="failures-head">
      <${Search} model=${model} />
      <${SpanChoice} span=${model.query.value.span} onChoose=${(/** @type {import("../../core/series.js").SpanName} */ span) => model.set({ span })} />
      <${Fresh} model=${model} />
    </div>
    <${Rows} model=${model} />
    <${Pages} model=${model} />
  `;
}

/** @param {{model: FailuresModel}} props */
function Search({ model }) {
  const { q, functions } = model.query.value;
  const typing = useMemo(() => later((/** @type {string} */ text) => model.set({ q: text.trim() })), []);
  const takeAway = (/** @type {string} */ name) => model.set({ functions: functions.filter((one) => one !== name) });
  return html`
    <div class="failures-search">
      <input type="search" data-search value=${q} aria-label="Search failures" placeholder="Text in the function, exception, place or message"
        onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ { currentTarget }) => typing(currentTarget.value)} />
      ${functions.length > 0 &&
      html`<ul class="chips" aria-label="Filters">${functions.map(
        (name) => html`<li key=${name} class="chip"><span>function: ${name}</span>
          <button type="button" class="quiet" aria-label=${`Take the filter function ${name} away`} onClick=${() => takeAway(name)}>✕</button></li>`,
      )}</ul>`}
    </div>
  `;
}

/**
 * @param {(text: string) => void} work
 * @returns {(text: string) => void} does it for the last text, a moment after it
 */
function later(work) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(text), TYPING_MS);
  };
}

/** @param {{model: FailuresModel}} props */
function Rows({ model }) {
  const columns = useMemo(() => failureColumns(model), []);
  const { functions, q, span, sort } = model.query.value;
  const rows = model.rows.value;
  if (rows === null) return html`<${Loading} lines=${10} />`;
  if (rows.length === 0 && (functions.length > 0 || q !== "")) {
    return html`<${Empty} title=${`No failure in the last ${span} matches.`}><p>Take a filter away, or look at a longer span of time.</p><//>`;
  }
  if (rows.length === 0) {
    return html`<${Empty} title=${`Nothing has failed in the last ${span}.`}><p>Jobs that fail are put together here by function, exception and place.</p><//>`;
  }
  return html`
    <${Table} caption="Failures that belong together" className="failures-table" columns=${columns} items=${rows} sort=${sort}
      keyOf=${(/** @type {Failure} */ { fingerprint }) => fingerprint}
      rowProps=${(/** @type {Failure} */ { fingerprint }) => ({ "data-failure": fingerprint })}
      mark=${model.steps.value}
      onSort=${(/** @type {string} */ next) => model.set({ sort: next.endsWith("total") ? "total" : "last" })} />
  `;
}

/** @param {{model: FailuresModel}} props the groups that came meanwhile: shown when asked for */
function Fresh({ model }) {
  const fresh = model.fresh.value;
  return html`
    <div class="fresh" role="status">
      ${fresh > 0 && html`<button type="button" class="action" onClick=${() => model.showFresh()}>${fresh} new, show</button>`}
    </div>
  `;
}

/** @param {{model: FailuresModel}} props */
function Pages({ model }) {
  const next = model.next.value;
  if (model.isFirstPage.value && next === null) return null;
  return html`
    <nav class="pages" aria-label="Pages of the list">
      ${!model.isFirstPage.value && html`<button type="button" class="action" onClick=${() => model.set({})}>First page</button>`}
      ${next !== null && html`<button type="button" class="action" onClick=${() => model.set({ cursor: next })}>Next</button>`}
    </nav>
  `;
}
