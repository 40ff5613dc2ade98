// @ts-check
/** The table of queues. */

import { computed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { html } from "../../core/html.js";
import { pageUrl } from "../../core/links.js";
import { Empty, Loading } from "../../views/empty.js";
import { Only } from "../../views/only.js";
import { Table } from "../../views/table.js";
import { queueColumns } from "./columns.js";

/**
 * @typedef {object} Queue as `/api/queues` has it
 * @property {string} name
 * @property {number} depth how many are due and wait
 * @property {number} deferred
 * @property {number} in_progress
 * @property {number | null} oldest_ms since when the one that waits longest is due
 * @property {boolean} paused
 * @property {number | null} paused_since_ms
 * @property {number} workers
 * @property {number} slots
 * @property {"arqlight" | "arq" | "none"} served_by
 * @property {number} done_per_minute
 * @property {number | null} drain_ms null for never
 * @property {[number, number][]} depth_series the most that waited in each minute of the last hour
 * @property {[number, number][]} done_series how many ended in each minute of the last hour
 *
 * @typedef {import("../../core/listing.js").Listing<Queue>} Queues
 */

const MINUTE_MS = 60_000;

/** @param {{queues: Queues, only: string[]}} props `only` these, all if there are none */
export function QueueList({ queues, only }) {
  const columns = useMemo(() => queueColumns(queues), []);
  const minute = useMemo(() => computed(() => Math.floor(queues.frame.live.now.value / MINUTE_MS)), []);
  if (queues.rows.value === null) return html`<${Loading} lines=${6} />`;
  const rows = queues.rows.value.filter(({ name }) => only.length === 0 || only.includes(name));
  return html`
    <${Only} names=${only} noun="queue" all=${pageUrl(queues.frame.urls, "queues")} />
    ${rows.length === 0
      ? html`<${Empty} title="There is no such queue."><p>A queue shows here once a worker serves it, or a job was put into it.</p><//>`
      : html`<${Table} caption="Queues" className="queues-table" columns=${columns} items=${rows} mark=${minute.value}
          keyOf=${queues.keyOf} rowProps=${(/** @type {Queue} */ { name }) => ({ "data-queue": name })} />`}
  `;
}
