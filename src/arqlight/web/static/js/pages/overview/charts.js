// @ts-check
/** What ended over time, and how long it waited and ran. */

import { useMemo } from "preact/hooks";
import { html } from "../../core/html.js";
import { placed } from "../../core/series.js";
import { Chart } from "../../views/chart.js";

/**
 * @typedef {import("./model.js").OverviewModel} OverviewModel
 * @typedef {import("./model.js").Stats} Stats
 * @typedef {import("./model.js").StatPoint} StatPoint
 * @typedef {import("../../views/chart/plot.js").Drawing} Drawing
 */

const PER_STEP = { hour: "per minute", day: "per 10 minutes", week: "per hour" };
const OUTCOMES = /** @type {const} */ (["succeeded", "failed", "aborted", "expired"]);
/** The longer, the more broken its line: colours are not all that tells them apart. */
const DASHES = /** @type {const} */ ({ p50: [], p95: [6, 3], p99: [2, 3] });
const SHARES = /** @type {const} */ (["p50", "p95", "p99"]);
const HEIGHT = 200;
const numbers = new Intl.NumberFormat();

/** @param {{model: OverviewModel}} props */
export function Charts({ model }) {
  const stats = model.stats.value;
  const drawings = useMemo(() => stats && { ended: throughputOf(stats), wait: durationsOf(stats, "wait"), run: durationsOf(stats, "run") }, [stats]);
  if (stats === null || drawings === null) return html`<div class="charts"><div class="chart-place"></div><div class="chart-place"></div><div class="chart-place"></div></div>`;
  return html`
    <div class="charts">
      <${Chart} title=${`Ended ${PER_STEP[stats.span]}`} note=${totalsOf(stats)} height=${HEIGHT} drawing=${drawings.ended} />
      <${Chart} title="Wait" note="from due to started" height=${HEIGHT} drawing=${drawings.wait} />
      <${Chart} title="Run" note="of the last try" height=${HEIGHT} drawing=${drawings.run} />
    </div>
  `;
}

/**
 * @param {Stats} stats
 * @returns {string} such as "1,204 in all, 12 failed (1 %)"
 */
function totalsOf({ series }) {
  const all = series.reduce((sum, point) => sum + OUTCOMES.reduce((some, outcome) => some + point[outcome], 0), 0);
  const failed = series.reduce((sum, point) => sum + point.failed, 0);
  const share = failed > 0 ? ` (${((100 * failed) / all).toFixed(failed / all < 0.1 ? 1 : 0)} %)` : "";
  return `${numbers.format(all)} in all, ${numbers.format(failed)} failed${share}`;
}

/**
 * @param {Stats} stats
 * @returns {(StatPoint | null)[]}
 */
function inSteps({ series, steps }) {
  return placed(series, steps, (point) => point.at_ms, null);
}

/**
 * @param {Stats} stats
 * @returns {Drawing}
 */
function throughputOf(stats) {
  const points = inSteps(stats);
  const series = OUTCOMES.map((name) => ({ name, colour: `--chart-${name}`, values: points.map((point) => point?.[name] ?? 0) }));
  return { kind: "stack", unit: "count", steps: stats.steps, marks: stats.marks, series };
}

/**
 * @param {Stats} stats
 * @param {"wait" | "run"} what
 * @returns {Drawing}
 */
function durationsOf(stats, what) {
  const points = inSteps(stats);
  const series = SHARES.map((share) => ({ name: share, dash: [...DASHES[share]], colour: `--chart-${share}`, values: points.map((point) => point?.[what][share] ?? null) }));
  return { kind: "lines", unit: "duration", steps: stats.steps, marks: stats.marks, series };
}
