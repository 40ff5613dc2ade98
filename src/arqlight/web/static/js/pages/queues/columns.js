// @ts-check
/** The columns of the table of queues. */

import { age, count } from "../../core/format.js";
import { html } from "../../core/html.js";
import { pageUrl } from "../../core/links.js";
import { stepsOf } from "../../core/series.js";
import { Sparkline } from "../../views/sparkline.js";
import { Age } from "../../views/time.js";
import { QueueActions } from "./actions.js";

/**
 * @typedef {import("./list.js").Queue} Queue
 * @typedef {import("../../views/table.js").Column<Queue>} Column
 */

const MINUTE_MS = 60_000;
const SHOWN_MS = 60 * MINUTE_MS;
const numbers = new Intl.NumberFormat();
const rates = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/**
 * @param {import("./list.js").Queues} queues
 * @returns {Column[]}
 */
export function queueColumns(queues) {
  const { urls, live } = queues.frame;
  const { now } = live;
  const jobs = (/** @type {Queue} */ { name }, /** @type {string} */ status, /** @type {number} */ number) =>
    number === 0 ? "0" : html`<a href=${pageUrl(urls, "jobs", { queue: name, status })}>${numbers.format(number)}</a>`;
  return [
    {
      id: "queue",
      title: "Queue",
      kind: "main",
      cell: (queue) => html`
        <div><a class="call" data-row-link href=${pageUrl(urls, "jobs", { queue: queue.name })}>${queue.name}</a></div>
        <div class="facts"><${Tag} queue=${queue} />${queue.paused_since_ms !== null && html`<span><${Age} ms=${queue.paused_since_ms} now=${now} /></span>`}<${ServedBy} queue=${queue} urls=${urls} /></div>
      `,
    },
    {
      id: "depth",
      title: "Queued",
      kind: "number",
      cell: (queue) => html`
        <div>${jobs(queue, "queued", queue.depth)}</div>
        ${queue.oldest_ms !== null && html`<div class="beside">oldest <${Age} ms=${queue.oldest_ms} now=${now} /></div>`}
      `,
    },
    { id: "deferred", title: "Deferred", kind: "number", cell: (queue) => jobs(queue, "deferred", queue.deferred) },
    { id: "in_progress", title: "In progress", kind: "number", cell: (queue) => jobs(queue, "in_progress", queue.in_progress) },
    {
      id: "rate",
      title: "Ended / min",
      kind: "number",
      cell: (queue) => html`<div>${rates.format(queue.done_per_minute)}</div>${queue.depth > 0 && html`<div class="beside">${emptyIn(queue)}</div>`}`,
    },
    {
      id: "hour",
      title: "Last hour",
      kind: "tight",
      cell: ({ name, depth_series, done_series }) => {
        const steps = stepsOf(now.peek() - SHOWN_MS, now.peek(), MINUTE_MS);
        return html`
          <div class="hour"><span>waiting</span><${Sparkline} points=${depth_series} steps=${steps} label=${`Jobs of ${name} that waited, last hour`} isSum=${false} /></div>
          <div class="hour"><span>ended</span><${Sparkline} points=${done_series} steps=${steps} label=${`Jobs of ${name} that ended, last hour`} tone="good" /></div>
        `;
      },
    },
    { id: "actions", title: "Actions", kind: "tight", isTitleUnseen: true, cell: (queue) => html`<${QueueActions} queues=${queues} queue=${queue} />` },
  ];
}

/** @param {{queue: Queue}} props what is not as it should be */
function Tag({ queue }) {
  if (queue.paused) return html`<span class="tag" data-level="odd">paused</span>`;
  return queue.served_by === "none" && html`<span class="tag" data-level=${queue.depth > 0 ? "bad" : "odd"}>no worker</span>`;
}

/** @param {{queue: Queue, urls: import("../../views/frame/frame.js").Urls}} props */
function ServedBy({ queue, urls }) {
  if (queue.served_by === "arq") return html`<span>served by plain arq, which does not tell of its workers</span>`;
  if (queue.workers === 0) return null;
  return html`<a href=${pageUrl(urls, "workers", { queue: queue.name })}>${count(queue.workers, "worker")}</a><span>${count(queue.slots, "slot")}</span>`;
}

/** @param {Queue} queue when nothing waits, if it goes on so */
function emptyIn({ paused, drain_ms }) {
  return drain_ms === null || paused ? "never empty" : `empty in ${age(drain_ms)}`;
}
