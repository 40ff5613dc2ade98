// @ts-check
/** The list of batches. */

import { useMemo } from "preact/hooks";
import { html } from "../../core/html.js";
import { Empty, Loading } from "../../views/empty.js";
import { Table } from "../../views/table.js";
import { batchColumns } from "./columns.js";

/**
 * @typedef {import("./model.js").BatchesModel} BatchesModel
 * @typedef {import("./model.js").Batch} Batch
 */

/** @param {{model: BatchesModel}} props */
export function BatchList({ model }) {
  return html`
    <${Rows} model=${model} />
    <${Pages} model=${model} />
  `;
}

/** @param {{model: BatchesModel}} props the batches that came meanwhile: shown when asked for */
export function Fresh({ model }) {
  const fresh = model.fresh.value;
  return html`
    <div class="fresh" role="status">
      ${fresh > 0 && html`<button type="button" class="action" onClick=${() => model.showFresh()}>${fresh} new, show</button>`}
    </div>
  `;
}

/** @param {{model: BatchesModel}} props */
function Rows({ model }) {
  const columns = useMemo(() => batchColumns(model.frame), []);
  const rows = model.rows.value;
  if (rows === null) return html`<${Loading} lines=${8} />`;
  if (rows.length === 0) {
    return html`<${Empty} title="There are no batches.">
      <p>Jobs that are enqueued together are one: <code>await queue.enqueue_batch([...])</code>, or <code>POST /api/batches</code>.</p>
    <//>`;
  }
  return html`<${Table} caption="Batches" className="batches-table" columns=${columns} items=${rows}
    keyOf=${(/** @type {Batch} */ { batch_id }) => batch_id} rowProps=${(/** @type {Batch} */ { batch_id }) => ({ "data-batch": batch_id })} />`;
}

/** @param {{model: BatchesModel}} props */
function Pages({ model }) {
  const next = model.next.value;
  const isFirst = model.cursor.value === null;
  if (isFirst && next === null) return null;
  return html`
    <nav class="pages" aria-label="Pages of the list">
      ${!isFirst && html`<button type="button" class="action" onClick=${() => model.open(null)}>First page</button>`}
      ${next !== null && html`<button type="button" class="action" onClick=${() => model.open(next)}>Next</button>`}
    </nav>
  `;
}
