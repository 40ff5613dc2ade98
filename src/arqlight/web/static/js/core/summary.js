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
 * @property {number} fraction of the whole, counting running jobs by their progress
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
 * @param {JobView} job
 * @returns {number} how much of it is done, from 0 to 1
 */
export function fractionOf(job) {
  if (isFinal(job)) return 1;
  return job.status === "in_progress" ? (job.progress?.fraction ?? 0) : 0;
}

/**
 * @param {JobView[]} jobs
 * @param {number} now Unix milliseconds by the server's clock
 * @returns {Summary}
 */
export function summarise(jobs, now) {
  const counts = /** @type {Record<Kind, number>} */ (Object.fromEntries(KINDS.map((kind) => [kind, 0])));
  let fractions = 0;
  for (const job of jobs) {
    counts[kindOf(job)] += 1;
    fractions += fractionOf(job);
  }
  const done = KINDS.reduce((sum, kind) => (FINAL.has(kind) ? sum + counts[kind] : sum), 0);
  const fraction = jobs.length ? fractions / jobs.length : 0;
  return { total: jobs.length, done, counts, fraction, left_ms: timeLeft(jobs, fraction, now) };
}

/**
 * While jobs wait, the pace of the whole so far is the best guess; once all are running, the slowest of them is.
 *
 * @param {JobView[]} jobs
 * @param {number} fraction how much of all of them is done
 * @param {number} now
 * @returns {number | null} milliseconds
 */
function timeLeft(jobs, fraction, now) {
  const open = jobs.filter((job) => !isFinal(job));
  const running = open.filter((job) => job.status === "in_progress");
  if (running.length === 0) return null;
  const slowest = Math.max(...running.map((job) => jobLeft(job, now) ?? 0));
  if (running.length === open.length) return slowest || null;
  const begun = Math.min(...jobs.map((job) => job.start_ms ?? Infinity));
  return fraction > 0 ? Math.max(slowest, ((now - begun) * (1 - fraction)) / fraction) : null;
}

/**
 * @param {JobView} job a running one
 * @param {number} now
 * @returns {number | null} milliseconds, null while its progress says nothing
 */
function jobLeft(job, now) {
  const fraction = job.progress?.fraction ?? 0;
  if (fraction <= 0 || job.start_ms === null) return null;
  return (Math.max(0, now - job.start_ms) * (1 - fraction)) / fraction;
}
