// @ts-check
/** A chart over time as uPlot draws it: what it looks like. What it says beside the canvas is in `chart.js`. */

import uPlot from "uplot";
import { axisDuration } from "../../core/format.js";
import { stacked } from "../../core/series.js";

/**
 * @typedef {import("../../core/series.js").Steps} Steps
 *
 * @typedef {object} Series
 * @property {string} name
 * @property {string} colour the token that has it, such as `--chart-failed`
 * @property {number[]} [dash] of its line
 * @property {readonly (number | null)[]} values one for each step; null for none
 *
 * @typedef {{at_ms: number, text: string}} Mark
 *
 * @typedef {object} Drawing
 * @property {"stack" | "lines"} kind bars on top of each other, or a line for each series
 * @property {"count" | "duration"} unit
 * @property {Steps} steps
 * @property {readonly Series[]} series the lowest of a stack first
 * @property {readonly Mark[]} marks
 */

const FONT = "12px system-ui, sans-serif";
const AXIS_WIDTH = 56;
const DAY_MS = 86_400_000;
const COUNTS = [1, 2, 5].flatMap((one) => Array.from({ length: 9 }, (_, power) => one * 10 ** power)).sort((a, b) => a - b);
const DURATIONS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 216e5, 432e5, 864e5,
];
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric" });

/**
 * @param {Drawing} drawing
 * @returns {uPlot.AlignedData} the highest of a stack first, so that those below are drawn over it
 */
export function dataOf({ kind, steps, series }) {
  const { from, count, stepMs } = steps;
  const times = Array.from({ length: count }, (_, index) => from + (index + 0.5) * stepMs);
  const layers = series.map(({ values }) => values);
  const drawn = kind === "stack" ? stacked(layers.map((values) => values.map((value) => value ?? 0))).reverse() : layers;
  return /** @type {uPlot.AlignedData} */ (/** @type {unknown} */ ([times, ...drawn]));
}

/**
 * @param {() => Drawing} read what is drawn now; kind, unit and number of series stay
 * @param {(token: string) => string} colourOf
 * @param {{width: number, height: number}} size
 * @param {(index: number | null, left: number) => void} onCursor which step the pointer is over
 * @returns {uPlot.Options}
 */
export function optionsOf(read, colourOf, size, onCursor) {
  const { kind, unit, series } = read();
  const drawn = kind === "stack" ? [...series].reverse() : series;
  const grid = { stroke: () => colourOf("--chart-grid"), width: 1 };
  const axis = { stroke: () => colourOf("--muted"), font: FONT, grid };
  return {
    ...size,
    ms: 1,
    pxAlign: 1,
    padding: [12, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: kind === "lines", size: 7 }, sync: { key: "over time" } },
    scales: { x: { time: true, range: () => rangeOf(read().steps) }, y: { range: (_, __, most) => [0, topOf(most, unit)] } },
    axes: [
      { ...axis, size: 28, gap: 6, space: 70, ticks: { show: false }, values: (_, at, __, ___, step) => at.map((one) => timeText(one, step)) },
      { ...axis, size: AXIS_WIDTH, gap: 8, space: 32, ticks: { show: false }, incrs: unit === "count" ? COUNTS : DURATIONS, values: (_, at) => at.map((one) => valueText(one, unit)) },
    ],
    series: [{}, ...drawn.map((one) => (kind === "stack" ? barsOf(one, colourOf) : lineOf(one, colourOf)))],
    hooks: {
      draw: [(plot) => drawMarks(plot, read().marks, colourOf)],
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null, plot.cursor.left ?? -1)],
    },
  };
}

/**
 * @param {Series} series
 * @param {(token: string) => string} colourOf
 * @returns {uPlot.Series}
 */
function barsOf({ name, colour }, colourOf) {
  return { label: name, fill: () => colourOf(colour), width: 0, paths: /** @type {any} */ (uPlot.paths.bars)({ size: [0.82, 40] }), points: { show: false } };
}

/**
 * @param {Series} series
 * @param {(token: string) => string} colourOf
 * @returns {uPlot.Series}
 */
function lineOf({ name, colour, dash = [] }, colourOf) {
  const stroke = () => colourOf(colour);
  return { label: name, stroke, width: 1.5, dash, points: { show: true, size: 4, width: 1, stroke, fill: stroke, filter: aloneIn } };
}

/**
 * @param {uPlot} plot
 * @param {number} series
 * @returns {number[]} values without one on either side, which no line leads to
 */
function aloneIn(plot, series) {
  const values = plot.data[series] ?? [];
  const isThere = (/** @type {number} */ index) => (values[index] ?? null) !== null;
  return [...values.keys()].filter((index) => isThere(index) && !isThere(index - 1) && !isThere(index + 1));
}

/**
 * @param {Steps} steps
 * @returns {[number, number]}
 */
function rangeOf({ from, count, stepMs }) {
  return [from, from + count * stepMs];
}

/**
 * @param {number | null} most
 * @param {Drawing["unit"]} unit
 * @returns {number} a little more than that; something where there is nothing
 */
function topOf(most, unit) {
  const least = unit === "count" ? 4 : 10;
  return Math.max(least, (most ?? 0) * 1.08);
}

/**
 * @param {number} at
 * @param {number} step between two of them
 */
function timeText(at, step) {
  const time = new Date(at);
  const isMidnight = time.getHours() === 0 && time.getMinutes() === 0;
  return (isMidnight || step >= DAY_MS ? day : clock).format(time);
}

/**
 * @param {number} value
 * @param {Drawing["unit"]} unit
 */
function valueText(value, unit) {
  return unit === "count" ? value.toLocaleString() : axisDuration(value);
}

/**
 * @param {uPlot} plot
 * @param {readonly Mark[]} marks
 * @param {(token: string) => string} colourOf
 */
function drawMarks(plot, marks, colourOf) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colourOf("--chart-mark");
  ctx.font = FONT.replace("12", String(12 * uPlot.pxRatio));
  ctx.setLineDash([4 * uPlot.pxRatio, 3 * uPlot.pxRatio]);
  for (const { at_ms, text } of marks) {
    const x = Math.round(plot.valToPos(at_ms, "x", true));
    const isRight = x > bbox.left + bbox.width / 2;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.textAlign = isRight ? "right" : "left";
    ctx.fillText(text, x + (isRight ? -4 : 4) * uPlot.pxRatio, bbox.top + 10 * uPlot.pxRatio);
  }
  ctx.restore();
}
