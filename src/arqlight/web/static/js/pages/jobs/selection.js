// @ts-check
/** Which jobs are selected: rows, or all that match the filters. */

import { computed, signal } from "@preact/signals";
import { html } from "../../core/html.js";

/**
 * @typedef {import("../../core/job-rows.js").JobRow} JobRow
 * @typedef {import("./model.js").JobsModel} JobsModel
 */

export class Selection {
  /** The row that was chosen last, from which a shift-click reaches. */
  #last = "";
  /** By the rows' keys. */
  rows = signal(/** @type {ReadonlyMap<string, JobRow>} */ (new Map()));
  isAllMatching = signal(false);
  isEmpty = computed(() => this.rows.value.size === 0 && !this.isAllMatching.value);

  clear() {
    this.rows.value = new Map();
    this.isAllMatching.value = false;
  }

  /**
   * @param {JobRow[]} shown
   * @param {JobRow} row
   * @param {boolean} isRange whether all rows from the last one to this one are meant
   */
  toggle(shown, row, isRange = false) {
    const next = new Map(this.rows.peek());
    const isOn = !next.has(row.key);
    const [from, to] = [this.#last, row.key].map((key) => shown.findIndex((one) => one.key === key)).sort((a, b) => a - b);
    const rows = isRange && from !== undefined && from >= 0 ? shown.slice(from, (to ?? from) + 1) : [row];
    for (const one of rows) isOn ? next.set(one.key, one) : next.delete(one.key);
    this.#last = row.key;
    this.isAllMatching.value = false;
    this.rows.value = next;
  }

  /** @param {JobRow[]} shown all of them, or none if all are chosen */
  toggleAll(shown) {
    const areAll = shown.every((row) => this.rows.peek().has(row.key));
    this.isAllMatching.value = false;
    this.rows.value = new Map(areAll ? [] : shown.map((row) => [row.key, row]));
  }
}

/**
 * @param {JobsModel} model
 * @returns {import("./columns.js").Column} the column of check boxes
 */
export function selectColumn(model) {
  const { selection } = model;
  const shown = () => model.rows.peek() ?? [];
  return {
    id: "select",
    title: "Select",
    kind: "tight",
    heading: () => html`<${AllBox} model=${model} />`,
    cell: (job) => html`
      <input type="checkbox" aria-label=${`Select ${job.call ?? job.job_id}`} checked=${selection.isAllMatching.value || selection.rows.value.has(job.key)}
        onClick=${(/** @type {MouseEvent} */ event) => selection.toggle(shown(), job, event.shiftKey)} />
    `,
  };
}

/** @param {{model: JobsModel}} props */
function AllBox({ model: { rows, selection } }) {
  const shown = rows.value ?? [];
  const chosen = shown.filter((row) => selection.rows.value.has(row.key)).length;
  const areAll = selection.isAllMatching.value || (chosen > 0 && chosen === shown.length);
  return html`<input type="checkbox" aria-label="Select all rows" checked=${areAll} indeterminate=${chosen > 0 && !areAll}
    onClick=${() => selection.toggleAll(shown)} />`;
}
