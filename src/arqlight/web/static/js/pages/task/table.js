// @ts-check
/**
 * The table of jobs, under each batch its own. A long one has its rows in pieces, of which only those near the
 * window are in the page: 10,000 jobs cost what 50 do.
 */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "../../core/html.js";
import { standing } from "../../core/words.js";
import { COLUMNS, Row } from "./row.js";

/**
 * @typedef {import("./sections.js").Section} Section
 * @typedef {import("./row.js").Shared} Shared
 */

/** Up to so many rows are all in the page, so that the browser's search finds them. */
const MOST_WHOLE = 500;
const PIECE = 50;
/** How far from the window a piece is put in, and taken out. */
const NEAR = "1500px 0px";

/** How high a row is, as far as one has been measured. */
let rowHeight = 33;

/** @param {Shared} props */
export function JobTable({ model, actions }) {
  const sections = model.sections.value;
  const count = sections.reduce((sum, { ids }) => sum + ids.length, 0);
  const isLong = count > MOST_WHOLE;
  useKeptFocus();
  if (count === 0) return null;
  return html`
    <table id="table-status" role="table" aria-rowcount=${isLong ? count + 1 : undefined}>
      <caption class="unseen">Jobs, the newest batch first</caption>
      <thead role="rowgroup">
        <tr role="row">${COLUMNS.map(([name, title]) => html`<${Heading} key=${name} name=${name} title=${title} />`)}</tr>
      </thead>
      ${sections.map(
        (section) => html`<${Pieces} key=${section.key} section=${section} isLong=${isLong} model=${model} actions=${actions} />`,
      )}
    </table>
  `;
}

/** @param {{name: string, title: string}} props */
function Heading({ name, title }) {
  const text = name === "job-actions" ? html`<span class="unseen">${title}</span>` : title;
  return html`<th scope="col" role="columnheader" class=${name}>${text}</th>`;
}

/** @param {Shared & {section: Section, isLong: boolean}} props */
function Pieces({ section, isLong, model, actions }) {
  const pieces = [];
  for (let first = 0; first < section.ids.length; first += PIECE) pieces.push(section.ids.slice(first, first + PIECE));
  return html`
    ${model.topics.value.length > 1 && html`<${Title} section=${section} model=${model} />`}
    ${pieces.map((ids, index) => html`<${Piece} key=${index} ids=${ids} isLong=${isLong} model=${model} actions=${actions} />`)}
  `;
}

/** @param {{section: Section, model: import("./model.js").Model}} props */
function Title({ section, model }) {
  const { kind, id } = section.topic;
  const summary = model.summaries.value.get(section.key);
  return html`
    <tbody role="rowgroup">
      <tr role="row" class="group">
        <th role="rowheader" scope="rowgroup" colspan=${COLUMNS.length}>
          ${kind === "batch" ? "Batch" : "Job"} <span class="group-id">${id}</span>
          ${summary && html` <span class="group-standing">${standing(summary)}</span>`}
        </th>
      </tr>
    </tbody>
  `;
}

/** @param {Shared & {ids: string[], isLong: boolean}} props */
function Piece({ ids, isLong, model, actions }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const height = useRef(0);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!isLong || !element) return undefined;
    return watch(element, (near) => {
      if (!near) height.current = element.offsetHeight;
      setNear(near);
    });
  }, [isLong]);
  useLayoutEffect(() => {
    if (box.current && (isNear || !isLong) && ids.length > 0) rowHeight = box.current.offsetHeight / ids.length || rowHeight;
  });
  const isIn = isNear || !isLong;
  return html`
    <tbody role="rowgroup" ref=${box}>
      ${isIn
        ? ids.map((id) => html`<${Row} key=${id} id=${id} model=${model} actions=${actions} />`)
        : html`<tr role="presentation" class="elsewhere"><td role="presentation" colspan=${COLUMNS.length} height=${Math.round(height.current || ids.length * rowHeight)}></td></tr>`}
    </tbody>
  `;
}

/** @type {WeakMap<Element, (isNear: boolean) => void>} */
const watched = new WeakMap();
/** @type {IntersectionObserver | null} */
let observer = null;

/**
 * @param {Element} element
 * @param {(isNear: boolean) => void} tell
 * @returns {() => void} ends it
 */
function watch(element, tell) {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const entry of entries) watched.get(entry.target)?.(entry.isIntersecting);
    },
    { rootMargin: NEAR },
  );
  const own = observer;
  watched.set(element, tell);
  own.observe(element);
  return () => own.unobserve(element);
}

/** Where a row leaves that has the focus, the row that takes its place gets it. */
function useKeptFocus() {
  const last = useRef(/** @type {{row: Element, at: number} | null} */ (null));
  useEffect(() => {
    const note = (/** @type {FocusEvent} */ event) => {
      const row = /** @type {Element} */ (event.target).closest?.("tr.job") ?? null;
      last.current = row && { row, at: rows().indexOf(row) };
    };
    document.addEventListener("focusin", note);
    return () => document.removeEventListener("focusin", note);
  }, []);
  useLayoutEffect(() => {
    if (!last.current || last.current.row.isConnected || document.activeElement !== document.body) return;
    const left = rows();
    const next = left[Math.min(last.current.at, left.length - 1)];
    const target = next?.querySelector(".disclose") ?? document.querySelector("#filters [aria-pressed=true]");
    /** @type {HTMLElement | null} */ (target)?.focus();
  });
}

/** @returns {Element[]} */
function rows() {
  return [...document.querySelectorAll("tr.job")];
}
