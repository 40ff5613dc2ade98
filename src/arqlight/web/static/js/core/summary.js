// @ts-check
/** Counts over jobs, and what is left to do. Pure functions. */

import { KINDS, OUTCOMES } from "./vocabulary.js";

/**
 * @typedef {import("./types.js").JobView} JobView
 * @typedef {import("./types.js").Kind} Kind
 *
 * @typedef {object} Summary
 * @property {number} total
 * @property {number} done jobs to which nothing more will happen
 * @property {Record<Kind, number>} counts
 * @property {number | null} left_ms an estimate of the time left, null while there is nothing to go by
 */

/** @type {ReadonlySet<Kind>} */
const FINAL = new Set(/** @type {Kind[]} */ ([...OUTCOMES, "not_found"]));

/**
 * @param {Pick<JobView, "status" | "outcome">} job
 * @returns {Kind} a job whose result cannot be read counts as one that is not there any more
 */
export function kindOf(job) {
  return job.status === "complete" ? (job.outcome ?? "not_found") : job.status;
}

/**
 * @param {JobView} job
 * @returns {boolean} whether nothing more will happen to it
 */
export function isFinal(job) {
  return FINAL.has(kindOf(job));
}

/**
 * @param {JobView[]} jobs
 * @param {number | null} leftMs in how long the last of them is expected to end
 * @returns {Summary}
 */
export function summarise(jobs, leftMs) {
  const counts = /** @type {Record<Kind, number>} */ (Object.fromEntries(KINDS.map((kind) => [kind, 0])));
  for (const job of jobs) counts[kindOf(job)] += 1;
  const done = KINDS.reduce((sum, kind) => (FINAL.has(kind) ? sum + counts[kind] : sum), 0);
  return { total: jobs.length, done, counts, left_ms: done < jobs.length ? leftMs : null };
}
