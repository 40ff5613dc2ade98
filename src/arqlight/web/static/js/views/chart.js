// @ts-check
/** A chart over time: what its lines or bars mean, what they say where the pointer is, and the same as a table. */

import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import uPlot from "uplot";
import { duration } from "../core/format.js";
import { html } from "../core/html.js";
import { dataOf, optionsOf } from "./chart/plot.js";
import { theme } from "./frame/theme.js";

/**
 * @typedef {import("./chart/plot.js").Drawing} Drawing
 * @typedef {import("@preact/signals").Signal<{index: number, left: number} | null>} Pointed
 */

const LEAST_WIDTH = 200;
const numbers = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayAndClock = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** @param {{title: string, note?: string, height: number, drawing: Drawing}} props */
export function Chart({ title, note = "", height, drawing }) {
  const pointed = useMemo(() => /** @type {Pointed} */ (signal(null)), []);
  return html`
    <figure class="chart" aria-label=${title}>
      <figcaption><span class="chart-title">${title}</span>${note && html`<small>${note}</small>`}<${Legend} drawing=${drawing} /></figcaption>
      <div class="chart-box">
        <${Plot} drawing=${drawing} height=${height} pointed=${pointed} />
        <${Tooltip} drawing=${drawing} pointed=${pointed} />
      </div>
      <${AsTable} title=${title} drawing=${drawing} />
    </figure>
  `;
}

/** @param {{drawing: Drawing, height: number, pointed: Pointed}} props the canvas, which only those who see it need */
function Plot({ drawing, height, pointed }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const latest = useRef(drawing);
  const plot = useRef(/** @type {uPlot | null} */ (null));
  latest.current = drawing;
  useEffect(() => {
    const parent = /** @type {HTMLDivElement} */ (box.current);
    const size = () => ({ width: Math.max(LEAST_WIDTH, parent.clientWidth), height });
    const onCursor = (/** @type {number | null} */ index, /** @type {number} */ left) => {
      pointed.value = index === null || left < 0 ? null : { index, left: left + (plot.current?.over.offsetLeft ?? 0) };
    };
    const made = new uPlot(optionsOf(() => latest.current, coloursOf(parent), size(), onCursor), dataOf(latest.current), parent);
    plot.current = made;
    const sizes = new ResizeObserver(() => made.setSize(size()));
    sizes.observe(parent);
    const stopColours = onColours(() => made.redraw(false));
    return () => {
      stopColours();
      sizes.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [height]);
  useEffect(() => plot.current?.setData(dataOf(drawing)), [drawing]);
  return html`<div class="chart-plot" ref=${box} aria-hidden="true"></div>`;
}

/**
 * @param {HTMLElement} parent
 * @returns {(token: string) => string} the colour that a token has at the moment
 */
function coloursOf(parent) {
  const probe = document.createElement("span");
  probe.hidden = true;
  parent.append(probe);
  return (token) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
}

/**
 * @param {() => void} changed is called when colours are others than before
 * @returns {() => void} ends that
 */
function onColours(changed) {
  const queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((text) => matchMedia(text));
  for (const query of queries) query.addEventListener("change", changed);
  const stop = theme.subscribe(changed);
  return () => {
    stop();
    for (const query of queries) query.removeEventListener("change", changed);
  };
}

/** @param {{drawing: Drawing}} props */
function Legend({ drawing }) {
  return html`
    <ul class="chart-legend">
      ${drawing.series.map(
        (series) => html`<li key=${series.name}><${Swatch} series=${series} kind=${drawing.kind} />${series.name}</li>`,
      )}
    </ul>
  `;
}

/** @param {{series: import("./chart/plot.js").Series, kind: Drawing["kind"]}} props */
function Swatch({ series, kind }) {
  return html`<span class="chart-swatch" aria-hidden="true" data-kind=${kind} data-dashed=${String(Boolean(series.dash?.length))}
    style=${{ color: `var(${series.colour})` }}></span>`;
}

/** @param {{drawing: Drawing, pointed: Pointed}} props */
function Tooltip({ drawing, pointed }) {
  const at = pointed.value;
  if (at === null || at.index >= drawing.steps.count) return null;
  const isRight = at.index > drawing.steps.count / 2;
  return html`
    <div class="chart-tip" aria-hidden="true" data-right=${String(isRight)} style=${{ "--x": `${at.left}px` }}>
      <strong>${stepText(drawing, at.index)}</strong>
      ${[...drawing.series].reverse().map(
        (series) => html`<div key=${series.name}><span><${Swatch} series=${series} kind=${drawing.kind} />${series.name}</span><b>${valueText(drawing, series.values[at.index] ?? null)}</b></div>`,
      )}
      ${marksIn(drawing, at.index).map(({ text }) => html`<div key=${text}>${text}</div>`)}
    </div>
  `;
}

/** @param {{title: string, drawing: Drawing}} props steps in which something was; made when it is opened */
function AsTable({ title, drawing }) {
  const isOpen = useMemo(() => signal(false), []);
  const rows = isOpen.value ? drawing.series[0]?.values.map((_, index) => index).filter((index) => isWorthTelling(drawing, index)) : [];
  return html`
    <details class="chart-table" onToggle=${(/** @type {{currentTarget: HTMLDetailsElement}} */ { currentTarget }) => (isOpen.value = currentTarget.open)}>
      <summary>As a table<span class="unseen">: ${title}</span></summary>
      <div class="chart-table-box" tabindex="0" role="region" aria-label=${`${title}, as a table`}>
        <table class="table">
          <thead><tr><th scope="col">Time</th>${drawing.series.map(({ name }) => html`<th key=${name} scope="col" data-set="number">${name}</th>`)}<th scope="col">Besides</th></tr></thead>
          <tbody>
            ${rows?.map(
              (index) => html`<tr key=${index}>
                <td>${stepText(drawing, index)}</td>
                ${drawing.series.map(({ name, values }) => html`<td key=${name} data-set="number">${valueText(drawing, values[index] ?? null)}</td>`)}
                <td>${marksIn(drawing, index).map(({ text }) => text).join(", ")}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  `;
}

/**
 * @param {Drawing} drawing
 * @param {number} index
 */
function isWorthTelling(drawing, index) {
  return drawing.series.some(({ values }) => values[index]) || marksIn(drawing, index).length > 0;
}

/**
 * @param {Drawing} drawing
 * @param {number} index
 */
function marksIn({ steps, marks }, index) {
  const from = steps.from + index * steps.stepMs;
  return marks.filter(({ at_ms }) => at_ms >= from && at_ms < from + steps.stepMs);
}

/**
 * @param {Drawing} drawing
 * @param {number} index
 * @returns {string} such as "25 Nov, 14:10 – 14:20"
 */
function stepText({ steps }, index) {
  const from = steps.from + index * steps.stepMs;
  const until = from + steps.stepMs;
  const isDays = steps.stepMs >= 86_400_000;
  return `${dayAndClock.format(from)} – ${(isDays ? dayAndClock : clock).format(until)}`;
}

/**
 * @param {Drawing} drawing
 * @param {number | null} value
 */
function valueText({ unit }, value) {
  if (value === null) return "–";
  return unit === "count" ? numbers.format(value) : duration(value);
}
