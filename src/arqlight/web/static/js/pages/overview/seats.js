// @ts-check
/**
 * What runs now, in places that do not move under a reader's eyes: a job that has ended keeps its place until
 * another takes it. Pure functions.
 */

import { applyToRow, newerRow } from "../../core/job-rows.js";

/**
 * @typedef {import("../../core/job-rows.js").JobRow} JobRow
 */

/** How long one that has ended stays if nobody takes its place. */
const STAYS_MS = 4_000;

/**
 * @param {readonly JobRow[]} shown
 * @param {readonly JobRow[]} incoming what runs now
 * @param {number} now
 * @param {{isRead: boolean}} options whether somebody reads it: then places stay taken
 * @returns {JobRow[]}
 */
export function seated(shown, incoming, now, { isRead }) {
  const known = new Map(incoming.map((row) => [row.key, row]));
  const current = shown.map((row) => newerRow(row, known.get(row.key) ?? row));
  const newcomers = incoming.filter((row) => !shown.some(({ key }) => key === row.key));
  /** @type {JobRow[]} */
  const seats = [];
  for (const row of current) {
    const isGone = !known.has(row.key);
    const next = isGone ? newcomers.shift() : undefined;
    if (next) seats.push(next);
    else if (!isGone || isRead || isFresh(row, now)) seats.push(row);
  }
  return [...seats, ...newcomers];
}

/**
 * @param {JobRow} row
 * @param {number} now
 * @returns {boolean} whether it ended so lately that it is still worth seeing
 */
function isFresh(row, now) {
  return row.finish_ms !== null && now - row.finish_ms < STAYS_MS;
}

/**
 * @param {readonly JobRow[]} rows
 * @param {readonly import("../../core/types.js").LogEvent[]} events
 * @returns {JobRow[]}
 */
export function followed(rows, events) {
  return rows.map((row) => events.reduce((one, event) => (event.job_id === row.job_id ? applyToRow(one, event) : one), row));
}
