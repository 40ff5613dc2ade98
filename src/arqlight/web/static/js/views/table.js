// @ts-check
/**
 * The console's table: a header that stays in sight, columns that may be sorted, cards on a narrow screen. A row
 * is drawn again only when its own item changes.
 */

import { useMemo } from "preact/hooks";
import { html } from "../core/html.js";

/**
 * @template T
 * @typedef {object} Column
 * @property {string} id
 * @property {string} title
 * @property {(item: T) => any} cell
 * @property {"number" | "code" | "main" | "tight"} [kind] how it is set; the main column takes what room there is
 * @property {string} [sort] the API's word for the order by it
 * @property {boolean} [isTitleUnseen]
 * @property {() => any} [heading] what stands in the header in place of the title
 */

/**
 * @template T
 * @typedef {object} TableProps
 * @property {string} caption what it lists, for screen readers
 * @property {Column<T>[]} columns always the same array, or rows are drawn anew
 * @property {readonly T[]} items always another object for an item that has changed
 * @property {(item: T) => string} keyOf
 * @property {(item: T) => Record<string, string | undefined>} [rowProps] such as `data-kind`
 * @property {unknown} [mark] what else its rows depend on
 * @property {string} [sort] the order now, such as `-wait`
 * @property {(sort: string) => void} [onSort]
 * @property {string} [className]
 */

/** @param {TableProps<any>} props */
export function Table({ caption, columns, items, keyOf, rowProps, mark, sort = "", onSort, className = "" }) {
  return html`
    <div class="table-box">
      <table class=${`table ${className}`} role="table">
        <caption class="unseen">${caption}</caption>
        <thead role="rowgroup">
          <tr role="row">${columns.map((column) => html`<${Heading} key=${column.id} column=${column} sort=${sort} onSort=${onSort} />`)}</tr>
        </thead>
        <tbody role="rowgroup">
          ${items.map((item) => html`<${Row} key=${keyOf(item)} item=${item} columns=${columns} rowProps=${rowProps} mark=${mark} />`)}
        </tbody>
      </table>
    </div>
  `;
}

/** @param {{column: Column<any>, sort: string, onSort: ((sort: string) => void) | undefined}} props */
function Heading({ column, sort, onSort }) {
  const isSorted = column.sort !== undefined && sort.replace(/^-/, "") === column.sort;
  const isTurned = isSorted && sort.startsWith("-");
  const title = column.isTitleUnseen ? html`<span class="unseen">${column.title}</span>` : column.title;
  const next = isSorted && !isTurned ? `-${column.sort}` : (column.sort ?? "");
  return html`
    <th scope="col" role="columnheader" data-column=${column.id} data-set=${column.kind}
      aria-sort=${isSorted ? (isTurned ? "ascending" : "descending") : undefined}>
      ${column.sort === undefined || !onSort
        ? (column.heading?.() ?? title)
        : html`<button type="button" class="sort" onClick=${() => onSort(next)}>${title}<span class="sort-mark" aria-hidden="true"></span></button>`}
    </th>
  `;
}

/** @param {{item: any, columns: Column<any>[], rowProps: TableProps<any>["rowProps"], mark: unknown}} props */
function Row({ item, columns, rowProps, mark }) {
  return useMemo(
    () => html`
      <tr role="row" ...${rowProps?.(item) ?? {}}>
        ${columns.map(
          (column) => html`
            <td key=${column.id} role="cell" data-column=${column.id} data-set=${column.kind} data-label=${column.isTitleUnseen || column.heading ? undefined : column.title}>
              ${column.cell(item)}
            </td>
          `,
        )}
      </tr>
    `,
    [item, columns, mark],
  );
}

/**
 * Moves the focus from row to row by its main links, which are marked with `data-row-link`.
 *
 * @param {1 | -1} step
 */
export function moveRow(step) {
  const links = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-row-link]")]);
  const row = document.activeElement?.closest("tr");
  const at = links.findIndex((link) => link.closest("tr") === row && row !== null);
  const next = links[at === -1 ? (step === 1 ? 0 : links.length - 1) : at + step];
  next?.focus();
  next?.closest("tr")?.scrollIntoView({ block: "nearest" });
}
