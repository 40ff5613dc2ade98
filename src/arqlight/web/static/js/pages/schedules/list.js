// @ts-check
/** The table of cron jobs. */

import { useMemo } from "preact/hooks";
import { html } from "../../core/html.js";
import { Empty, Loading } from "../../views/empty.js";
import { Table } from "../../views/table.js";
import { scheduleColumns } from "./columns.js";

/**
 * @typedef {object} Schedule as `/api/schedules` has it
 * @property {string} name
 * @property {string | null} queue null while no worker that has it is up
 * @property {string | null} words when it runs
 * @property {number | null} next_ms
 * @property {boolean} enabled
 * @property {number} workers
 * @property {import("../../core/job-rows.js").JobRow[]} runs the latest first
 * @property {Record<string, number>} counts
 *
 * @typedef {import("../../core/listing.js").Listing<Schedule>} Schedules
 */

/** @param {{schedules: Schedules}} props */
export function ScheduleList({ schedules }) {
  const columns = useMemo(() => scheduleColumns(schedules), []);
  const rows = schedules.rows.value;
  if (rows === null) return html`<${Loading} lines=${6} />`;
  if (rows.length === 0) {
    return html`<${Empty} title="There is no cron job.">
      <p>They are those of the workers’ settings: <code>cron_jobs = [cron(tidy, hour=3, minute=0)]</code></p>
    <//>`;
  }
  return html`
    <${Table} caption="Cron jobs" className="schedules-table" columns=${columns} items=${rows} keyOf=${schedules.keyOf}
      rowProps=${(/** @type {Schedule} */ { name, enabled }) => ({ "data-schedule": name, "data-enabled": String(enabled) })} />
  `;
}
