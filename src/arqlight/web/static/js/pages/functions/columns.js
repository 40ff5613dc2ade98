// @ts-check
/** The columns of the table of functions, and what it can be ordered by. */

import { rateText } from "../../core/functions.js";
import { duration } from "../../core/format.js";
import { html } from "../../core/html.js";
import { functionUrl, pageUrl } from "../../core/links.js";
import { stepsOf } from "../../core/series.js";
import { Sparkline } from "../../views/sparkline.js";

/**
 * @typedef {import("../../core/functions.js").FunctionLine} FunctionLine
 * @typedef {import("../../views/table.js").Column<FunctionLine>} Column
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const numbers = new Intl.NumberFormat();

/** The figures to order by, the greatest first. @type {Record<string, (line: FunctionLine) => number>} */
export const ORDERS = {
  calls: ({ calls }) => calls,
  failed: ({ failed }) => failed,
  rate: ({ failure_rate }) => failure_rate ?? -1,
  p50: ({ run }) => run.p50 ?? -1,
  p95: ({ run }) => run.p95 ?? -1,
  p99: ({ run }) => run.p99 ?? -1,
  wait: ({ wait }) => wait.p95 ?? -1,
};

/**
 * @param {import("../../views/frame/frame.js").Frame} frame
 * @returns {Column[]}
 */
export function functionColumns({ urls, live }) {
  const time = (/** @type {number | null} */ ms) => (ms === null ? "–" : duration(ms));
  return [
    {
      id: "function",
      title: "Function",
      kind: "main",
      sort: "name",
      cell: ({ name, doc, workers, queues }) => html`
        <div><a class="call" data-row-link href=${functionUrl(urls, name)}>${name}</a>${workers === 0 && html` <span class="tag" data-level="odd">no worker has it</span>`}</div>
        <div class="facts">${queues.map((queue) => html`<code key=${queue}>${queue}</code>`)}${doc && html`<span title=${doc}>${doc}</span>`}</div>
      `,
    },
    {
      id: "series",
      title: "Last day",
      kind: "tight",
      cell: ({ name, series }) => {
        const now = live.now.peek();
        return html`<${Sparkline} points=${series} steps=${stepsOf(now - DAY_MS, now, HOUR_MS)} label=${`Jobs of ${name} that ended, last day`} />`;
      },
    },
    { id: "calls", title: "Calls", kind: "number", sort: "calls", cell: ({ calls }) => numbers.format(calls) },
    {
      id: "failed",
      title: "Failed",
      kind: "number",
      sort: "failed",
      cell: ({ name, failed }) => (failed === 0 ? "0" : html`<a class="error" href=${pageUrl(urls, "jobs", { function: name, outcome: "failed" })}>${numbers.format(failed)}</a>`),
    },
    { id: "rate", title: "Fail rate", kind: "number", sort: "rate", cell: ({ failure_rate }) => rateText(failure_rate) },
    { id: "p50", title: "Run p50", kind: "number", sort: "p50", cell: ({ run }) => time(run.p50) },
    { id: "p95", title: "p95", kind: "number", sort: "p95", cell: ({ run }) => time(run.p95) },
    { id: "p99", title: "p99", kind: "number", sort: "p99", cell: ({ run }) => time(run.p99) },
    { id: "wait", title: "Wait p95", kind: "number", sort: "wait", cell: ({ wait }) => time(wait.p95) },
  ];
}
