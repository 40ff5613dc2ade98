// @ts-check
/** A histogram of durations: a bar for each, and the same as a table. */

import { duration } from "../core/format.js";
import { barsOf } from "../core/histogram.js";
import { html } from "../core/html.js";

const HEIGHT = 100;
/** One of a thousand is still seen. */
const LOWEST = 1.5;
const numbers = new Intl.NumberFormat();

/** @param {{buckets: [number, number, number][], label: string}} props from and to ms, and how many */
export function Histogram({ buckets, label }) {
  const bars = barsOf(buckets);
  const most = Math.max(...bars.map(({ count }) => count));
  const middle = bars[Math.floor(bars.length / 2)];
  const text = `${label}: from ${duration(bars[0]?.from ?? 0)} to ${duration(bars.at(-1)?.to ?? 0)}`;
  return html`
    <figure class="histogram">
      <svg role="img" aria-label=${text} viewBox=${`0 0 ${bars.length} ${HEIGHT}`} preserveAspectRatio="none">
        ${bars.map(({ from, to, count }, index) => {
          const height = count === 0 ? 0 : Math.max(LOWEST, (HEIGHT * count) / most);
          return html`<rect key=${from} x=${index + 0.06} width="0.88" y=${HEIGHT - height} height=${height}><title>${range({ from, to })}: ${numbers.format(count)}</title></rect>`;
        })}
      </svg>
      <div class="histogram-axis" aria-hidden="true">
        <span>${duration(bars[0]?.from ?? 0)}</span>${bars.length > 2 && middle && html`<span>${duration(middle.from)}</span>`}<span>${duration(bars.at(-1)?.to ?? 0)}</span>
      </div>
      <details class="chart-table"><summary>As a table<span class="unseen">: ${label}</span></summary>
        <table class="parameters">
          <thead><tr><th scope="col">Ran</th><th scope="col" data-set="number">Jobs</th></tr></thead>
          <tbody>${bars.filter(({ count }) => count > 0).map((bar) => html`<tr key=${bar.from}><td>${range(bar)}</td><td data-set="number">${numbers.format(bar.count)}</td></tr>`)}</tbody>
        </table>
      </details>
    </figure>
  `;
}

/** @param {{from: number, to: number}} bar */
function range({ from, to }) {
  return `${duration(from)} – ${duration(to)}`;
}
