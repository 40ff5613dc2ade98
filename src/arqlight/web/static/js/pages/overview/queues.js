// @ts-check
/** How deep each queue is, how old its oldest job, and when nothing would wait. */

import { duration } from "../../core/format.js";
import { html } from "../../core/html.js";
import { pageUrl } from "../../core/links.js";
import { stepsOf } from "../../core/series.js";
import { Sparkline } from "../../views/sparkline.js";
import { Table } from "../../views/table.js";
import { Age } from "../../views/time.js";
import { useMemo } from "preact/hooks";

/**
 * @typedef {import("./model.js").QueueRow} QueueRow
 * @typedef {import("./model.js").OverviewModel} OverviewModel
 */

const MINUTE_MS = 60_000;
const numbers = new Intl.NumberFormat();

/** @param {{model: OverviewModel}} props */
export function Queues({ model }) {
  const columns = useMemo(() => columnsOf(model.frame), []);
  return html`
    <section class="panel" aria-labelledby="queues-title">
      <h2 id="queues-title">Queues</h2>
      <${Table} caption="Queues" columns=${columns} items=${model.overview.value?.queues ?? []} keyOf=${(/** @type {QueueRow} */ { name }) => name} />
    </section>
  `;
}

/**
 * @param {import("../../views/frame/frame.js").Frame} frame
 * @returns {import("../../views/table.js").Column<QueueRow>[]}
 */
function columnsOf({ urls, live }) {
  const { now } = live;
  return [
    {
      id: "queue",
      title: "Queue",
      kind: "main",
      cell: ({ name, paused, served_by }) => html`
        <div><a href=${pageUrl(urls, "queues", { queue: name })}>${name}</a>${paused && html` <span class="tag" data-level="odd">paused</span>`}
          ${!paused && served_by === "none" && html` <span class="tag" data-level="bad">no worker</span>`}</div>
      `,
    },
    { id: "depth", title: "Queued", kind: "number", cell: ({ depth }) => numbers.format(depth) },
    { id: "oldest", title: "Oldest", kind: "number", cell: ({ oldest_ms }) => (oldest_ms === null ? "–" : html`<${Age} ms=${oldest_ms} now=${now} />`) },
    { id: "rate", title: "Ended / min", kind: "number", cell: ({ done_per_minute }) => numbers.format(Math.round(done_per_minute * 10) / 10) },
    { id: "drain", title: "Empty in", kind: "number", cell: drainText },
    {
      id: "ended",
      title: "Ended, last hour",
      kind: "tight",
      cell: ({ name, done_series }) =>
        html`<${Sparkline} points=${done_series} steps=${stepsOf(now.peek() - 60 * MINUTE_MS, now.peek(), MINUTE_MS)} label=${`Jobs of ${name} that ended per minute`} />`,
    },
  ];
}

/** @param {QueueRow} queue */
function drainText({ depth, drain_ms }) {
  if (depth === 0) return "–";
  return drain_ms === null ? "never" : duration(drain_ms);
}
