// @ts-check
/** The list of jobs: states with their counts, the table, its pages. */

import { useMemo } from "preact/hooks";
import { html } from "../../core/html.js";
import { kindOf } from "../../core/summary.js";
import { Empty, Loading } from "../../views/empty.js";
import { Table } from "../../views/table.js";
import { BulkBar } from "./bulk.js";
import { jobColumns } from "./columns.js";
import { FilterBar } from "./filter-bar.js";
import { selectColumn } from "./selection.js";
import { StateTabs } from "./states.js";

/** @typedef {import("./model.js").JobsModel} JobsModel */

/** @param {{model: JobsModel, frame: import("../../views/frame/frame.js").Frame}} props */
export function JobList({ model, frame }) {
  return html`
    <${FilterBar} model=${model} />
    <${StateTabs} model=${model} />
    ${model.refusal.value && html`<p class="notice problem" role="alert">${model.refusal.value}</p>`}
    <${Fresh} model=${model} />
    <${Rows} model=${model} frame=${frame} />
    <${Pages} model=${model} />
    <${BulkBar} model=${model} />
  `;
}

/** @param {{model: JobsModel, frame: import("../../views/frame/frame.js").Frame}} props */
function Rows({ model, frame }) {
  const columns = useMemo(() => [selectColumn(model), ...jobColumns(frame)], []);
  const rows = model.rows.value;
  const isChosen = (/** @type {import("./model.js").JobRow} */ row) => model.selection.isAllMatching.value || model.selection.rows.value.has(row.key);
  const { filters, sort } = model.query.value;
  if (rows === null) return html`<${Loading} lines=${12} />`;
  if (rows.length === 0) return html`<${NoJobs} isFiltered=${Object.keys(filters).length > 0} />`;
  return html`
    <${Table} caption="Jobs" className="jobs-table" columns=${columns} items=${rows} sort=${sort}
      keyOf=${(/** @type {import("./model.js").JobRow} */ row) => row.key}
      rowProps=${(/** @type {import("./model.js").JobRow} */ row) => ({ "data-kind": kindOf(row), "data-job": row.job_id, "aria-selected": isChosen(row) ? "true" : undefined })}
      mark=${model.selection.isAllMatching.value || model.selection.rows.value}
      onSort=${(/** @type {string} */ next) => model.set({ sort: next })} />
  `;
}

/** @param {{isFiltered: boolean}} props */
function NoJobs({ isFiltered }) {
  if (isFiltered) return html`<${Empty} title="No job matches."><p>Take a filter away to see more.</p><//>`;
  return html`<${Empty} title="There are no jobs yet."><p>They show here as soon as something enqueues one.</p><//>`;
}

/** @param {{model: JobsModel}} props the jobs that came meanwhile: shown when asked for */
function Fresh({ model }) {
  const fresh = model.fresh.value;
  return html`
    <div class="fresh" role="status">
      ${fresh > 0 && html`<button type="button" class="action" onClick=${() => model.showFresh()}>${fresh} new, show</button>`}
    </div>
  `;
}

/** @param {{model: JobsModel}} props */
function Pages({ model }) {
  const hasNext = model.next.value !== null;
  if (model.isFirstPage.value && !hasNext) return null;
  return html`
    <nav class="pages" aria-label="Pages of the list">
      ${!model.isFirstPage.value &&
      html`<button type="button" class="action" onClick=${() => model.set({})}>First page</button>
        <button type="button" class="action" onClick=${() => model.previousPage()}>Previous</button>`}
      ${hasNext && html`<button type="button" class="action" onClick=${() => model.nextPage()}>Next</button>`}
    </nav>
  `;
}
