// @ts-check
/** A small chart in a table's cell: a bar for each step of time. */

import { countsIn } from "../core/series.js";
import { html } from "../core/html.js";

const HEIGHT = 20;
/** One of a thousand is still seen. */
const LOWEST = 1.5;
const numbers = new Intl.NumberFormat();

/**
 * @param {object} props
 * @param {readonly (readonly [number, number])[]} props.points times and counts; steps without one count as 0
 * @param {import("../core/series.js").Steps} props.steps
 * @param {string} props.label what it counts, and over which time, such as "Failures per hour, over a day"
 * @param {"good" | "bad" | "plain"} [props.tone]
 * @param {boolean} [props.isSum] whether the counts of all steps add up to something
 */
export function Sparkline({ points, steps, label, tone = "plain", isSum = true }) {
  const counts = countsIn(points, steps);
  const most = Math.max(...counts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const text = `${label}: ${isSum ? `${numbers.format(total)} in all, ` : ""}at most ${numbers.format(most)} in one step`;
  return html`
    <svg class="sparkline" data-tone=${tone} role="img" aria-label=${text} viewBox=${`0 0 ${counts.length} ${HEIGHT}`} preserveAspectRatio="none">
      <title>${text}</title>
      <path d=${barsOf(counts, most)} />
    </svg>
  `;
}

/**
 * @param {number[]} counts
 * @param {number} most
 */
function barsOf(counts, most) {
  const bars = counts.map((count, index) => {
    if (count === 0) return "";
    const height = Math.max(LOWEST, (HEIGHT * count) / most);
    return `M${index} ${HEIGHT}v-${height.toFixed(2)}h0.8v${height.toFixed(2)}z`;
  });
  return bars.join("");
}
