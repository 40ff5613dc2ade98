// @ts-check
/** Workers with the jobs that they run. */

import { queryOf } from "../../core/client.js";
import { Listing } from "../../core/listing.js";

/**
 * @typedef {object} WorkerInfo what a worker says of itself while it is up
 * @property {string[]} running
 * @property {number} jobs_running
 * @property {number} jobs_complete
 * @property {number} jobs_failed
 * @property {number} jobs_retried
 * @property {number} memory_bytes
 * @property {number} lease_s
 *
 * @typedef {object} WorkerLine as `/api/workers` has it
 * @property {string} worker_id
 * @property {"up" | "draining" | "lost" | "stopped"} state
 * @property {string} queue
 * @property {string | null} host
 * @property {number | null} pid
 * @property {string | null} version
 * @property {number | null} start_ms
 * @property {number} seen_ms
 * @property {number | null} max_jobs
 * @property {WorkerInfo | null} info null once it is gone
 *
 * @typedef {{id: string, call: string | null}} RunningJob
 * @typedef {WorkerLine & {jobs: RunningJob[]}} Worker
 * @typedef {Listing<Worker>} Workers
 */

const EVERY_MS = 2_000;
const MOST_JOBS = 200;
/** So many of a worker's jobs are named; the others are in the list of jobs. */
export const NAMED_JOBS = 4;

/**
 * @param {import("../../views/frame/frame.js").Frame} frame
 * @returns {Workers}
 */
export function listWorkers(frame) {
  const ask = async () => {
    const [{ workers }, { jobs }] = await Promise.all([
      frame.api.get("/workers"),
      frame.api.get("/jobs", queryOf({ status: "in_progress", limit: MOST_JOBS })),
    ]);
    const calls = new Map(jobs.map((/** @type {import("../../core/job-rows.js").JobRow} */ job) => [job.job_id, job.call ?? job.function]));
    return workers.map((/** @type {WorkerLine} */ worker) => withJobs(worker, calls));
  };
  return new Listing(frame, { ask, keyOf: ({ worker_id }) => worker_id, everyMs: EVERY_MS });
}

/**
 * @param {WorkerLine} worker
 * @param {Map<string, string | null>} calls by the ids of jobs
 * @returns {Worker}
 */
function withJobs(worker, calls) {
  const ids = worker.info?.running.slice(0, NAMED_JOBS) ?? [];
  return { ...worker, jobs: ids.map((id) => ({ id, call: calls.get(id) ?? null })) };
}
