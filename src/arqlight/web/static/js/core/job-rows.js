// @ts-check
/** Jobs as lists show them, and what events change in them. Pure functions. */

import { HANDLERS } from "./changes.js";
import { compareIds } from "./ids.js";

/**
 * @typedef {import("./types.js").LogEvent} LogEvent
 *
 * @typedef {object} JobRow a job as `/api/jobs` has it; times are Unix milliseconds by the server's clock
 * @property {string} key tells apart jobs that had the same id one after the other
 * @property {string} job_id
 * @property {import("./types.js").Status} status
 * @property {import("./types.js").Outcome | null} outcome
 * @property {string | null} function
 * @property {string | null} call
 * @property {string} queue
 * @property {string | null} batch_id
 * @property {number} job_try
 * @property {number | null} [max_tries]
 * @property {number | null} enqueue_ms
 * @property {number | null} due_ms
 * @property {number | null} start_ms
 * @property {number | null} finish_ms
 * @property {number | null} wait_ms from when it was due to its first start
 * @property {number | null} run_ms
 * @property {string | null} worker_id
 * @property {import("./types.js").JobError | null} error
 * @property {string | null} fingerprint
 * @property {import("./types.js").Progress | null} [progress]
 * @property {string | null} owner
 * @property {string} source
 * @property {string} event_id the last event that changed it
 */

/**
 * @param {JobRow} row
 * @param {LogEvent} event one about this job
 * @returns {JobRow} the same object when the event tells nothing new
 */
export function applyToRow(row, event) {
  const handler = HANDLERS[event.event];
  if (!handler || event.id === undefined || compareIds(event.id, row.event_id) <= 0) return row;
  const view = { ...row, args: [], kwargs: {}, result: null, progress: row.progress ?? null, note: null, result_omitted: false };
  const change = handler(view, event);
  if (!change) return row;
  const { args, kwargs, result, note, result_omitted, ...next } = { ...view, ...change };
  return { ...next, wait_ms: waitOf(row, next), run_ms: runOf(next), event_id: event.id };
}

/**
 * @param {JobRow} known
 * @param {JobRow} incoming the same job in a later answer, or an earlier one
 * @returns {JobRow} the later of the two; the known object when they are the same
 */
export function newerRow(known, incoming) {
  const order = compareIds(incoming.event_id, known.event_id);
  if (order < 0 || (order === 0 && isSame(known, incoming))) return known;
  const isSameTry = known.status === "in_progress" && incoming.status === "in_progress" && known.job_try === incoming.job_try;
  return { ...incoming, progress: incoming.progress ?? (isSameTry ? known.progress : null) ?? null };
}

/**
 * @param {JobRow} known
 * @param {JobRow} incoming
 * @returns {boolean} but for what the list does not tell, and a due time that has come
 */
function isSame(known, incoming) {
  const text = (/** @type {JobRow} */ { progress, status, ...row }) => JSON.stringify({ ...row, isOver: status === "complete" }, Object.keys(row).sort());
  return text(known) === text(incoming);
}

/**
 * @param {JobRow} row
 * @param {number} now
 * @returns {JobRow} as queued, if it was deferred and is due by now, which no event tells
 */
export function dueRow(row, now) {
  const isDue = row.status === "deferred" && row.due_ms !== null && row.due_ms <= now;
  return isDue ? { ...row, status: "queued" } : row;
}

/**
 * @param {JobRow} before
 * @param {Pick<JobRow, "enqueue_ms" | "start_ms" | "job_try">} next
 */
function waitOf(before, next) {
  if (before.wait_ms !== null || next.start_ms === null || next.enqueue_ms === null) return before.wait_ms;
  return Math.max(0, next.start_ms - Math.max(next.enqueue_ms, before.due_ms ?? 0));
}

/** @param {Pick<JobRow, "start_ms" | "finish_ms">} row */
function runOf({ start_ms, finish_ms }) {
  return start_ms !== null && finish_ms !== null ? Math.max(0, finish_ms - start_ms) : null;
}

/**
 * @param {JobRow[]} rows
 * @param {string} id
 * @returns {number} where the newest job of that id is, -1 for nowhere
 */
export function newestOf(rows, id) {
  let found = -1;
  rows.forEach((row, index) => {
    if (row.job_id === id && (row.enqueue_ms ?? 0) >= (rows[found]?.enqueue_ms ?? -1)) found = index;
  });
  return found;
}
