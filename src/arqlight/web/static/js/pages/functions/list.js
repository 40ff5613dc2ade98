// @ts-check
/** The table of functions. */

import { computed, signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { html } from "../../core/html.js";
import { Empty, Loading } from "../../views/empty.js";
import { Table } from "../../views/table.js";
import { functionColumns, ORDERS } from "./columns.js";

/**
 * @typedef {import("../../core/functions.js").FunctionLine} FunctionLine
 * @typedef {import("../../core/listing.js").Listing<FunctionLine>} Functions
 */

const HOUR_MS = 3_600_000;
const FIRST_SORT = "name";

/** @param {{functions: Functions}} props */
export function FunctionList({ functions }) {
  const columns = useMemo(() => functionColumns(functions.frame), []);
  const hour = useMemo(() => computed(() => Math.floor(functions.frame.live.now.value / HOUR_MS)), []);
  const sort = useMemo(() => signal(new URLSearchParams(location.search).get("sort") ?? FIRST_SORT), []);
  const typed = useMemo(() => signal(""), []);
  if (functions.rows.value === null) return html`<${Loading} lines=${8} />`;
  if (functions.rows.value.length === 0) return html`<${NoFunctions} />`;
  const onSort = (/** @type {string} */ next) => {
    sort.value = next;
    history.replaceState(null, "", location.pathname + (next === FIRST_SORT ? "" : `?${new URLSearchParams({ sort: next })}`));
  };
  const rows = functions.rows.value.filter(({ name }) => name.toLowerCase().includes(typed.value.toLowerCase()));
  return html`
    <input type="search" data-search class="search" aria-label="Search functions" placeholder="A part of the name" value=${typed.value}
      onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ { currentTarget }) => (typed.value = currentTarget.value.trim())} />
    ${rows.length === 0
      ? html`<${Empty} title="No function matches." />`
      : html`<${Table} caption="Functions, with their calls of the last 24 hours" className="functions-table" columns=${columns} items=${ordered(rows, sort.value)}
          mark=${hour.value} keyOf=${functions.keyOf} sort=${sort.value} onSort=${onSort}
          rowProps=${(/** @type {FunctionLine} */ { name }) => ({ "data-function": name })} />`}
  `;
}

/**
 * @param {FunctionLine[]} rows
 * @param {string} sort
 * @returns {FunctionLine[]} those of the same figure by their names
 */
function ordered(rows, sort) {
  const figure = ORDERS[sort.replace(/^-/, "")];
  const turn = sort.startsWith("-") ? -1 : 1;
  const byName = (/** @type {FunctionLine} */ one, /** @type {FunctionLine} */ other) => (one.name < other.name ? -1 : 1);
  if (!figure) return [...rows].sort((one, other) => turn * byName(one, other));
  return [...rows].sort((one, other) => turn * (figure(other) - figure(one)) || byName(one, other));
}

function NoFunctions() {
  return html`
    <${Empty} title="No function is known yet.">
      <p>They show here once a worker that has them is up, or a job of one was enqueued.</p>
    <//>
  `;
}
