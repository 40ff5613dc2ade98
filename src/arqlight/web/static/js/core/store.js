// @ts-check
/**
 * What is known of each job: a pure reducer of snapshots and events.
 *
 * Both carry ids of the event log, which say how recent they are, so they may arrive twice or in any order:
 * what is older than what is known changes nothing. On top of that a final outcome stays, whatever arrives
 * late, until the job is enqueued anew or starts a new try.
 */

import { HANDLERS } from "./changes.js";
import { compareIds, later } from "./ids.js";

/**
 * @typedef {import("./types.js").Job} Job
 * @typedef {import("./types.js").JobView} JobView
 * @typedef {import("./types.js").Jobs} Jobs
 * @typedef {import("./types.js").LogEvent} LogEvent
 */

/**
 * @param {Jobs} jobs
 * @param {Job[]} incoming jobs as a snapshot has them
 * @param {string | null} eventId the log's id at which the snapshot is true, null if it says none
 * @returns {Jobs}
 */
export function applySnapshot(jobs, incoming, eventId) {
  const next = new Map(jobs);
  for (const job of incoming) next.set(job.job_id, mergeJob(next.get(job.job_id), job, eventId));
  return next;
}

/**
 * @param {Jobs} jobs
 * @param {Iterable<LogEvent>} events in the order of their arrival; those of unknown jobs, and of none, are left out
 * @returns {Jobs}
 */
export function applyEvents(jobs, events) {
  const next = new Map(jobs);
  for (const event of events) {
    const job = next.get(event.job_id);
    if (job) next.set(event.job_id, applyEvent(job, event));
  }
  return next;
}

/**
 * @param {Jobs} jobs
 * @param {number} now Unix milliseconds by the server's clock
 * @returns {Jobs} with the deferred jobs that are due by now as queued, which no event tells
 */
export function applyTime(jobs, now) {
  const isDue = (/** @type {JobView} */ job) => job.status === "deferred" && job.due_ms !== null && job.due_ms <= now;
  const due = [...jobs.values()].filter(isDue);
  if (due.length === 0) return jobs;
  const next = new Map(jobs);
  for (const job of due) next.set(job.job_id, { ...job, status: "queued" });
  return next;
}

/**
 * @param {Jobs} jobs
 * @returns {Jobs} without their event ids: the log may be another one, whose ids say nothing of these
 */
export function forgetEventIds(jobs) {
  return new Map([...jobs].map(([id, job]) => [id, { ...job, event_id: null }]));
}

/**
 * @param {Jobs} jobs
 * @param {string[]} ids of jobs whose batch is not there any more
 * @returns {Jobs} with those of them that were not done as gone
 */
export function applyLoss(jobs, ids) {
  const next = new Map(jobs);
  for (const id of ids) {
    const job = next.get(id);
    if (job && job.status !== "complete") next.set(id, { ...job, status: "not_found", note: null, progress: null });
  }
  return next;
}

/**
 * @param {JobView} job
 * @param {LogEvent} event
 * @returns {JobView}
 */
function applyEvent(job, event) {
  if (event.event === "state" && event.job) return applyState(job, event.job, event.result_omitted === true);
  if (event.id !== undefined && job.event_id !== null && compareIds(event.id, job.event_id) <= 0) return job;
  const change = HANDLERS[event.event]?.(job, event);
  return change ? { ...job, ...change, event_id: event.id ?? job.event_id } : job;
}

/**
 * @param {JobView} known
 * @param {Job} job as it is now, which is not a fact of the log
 * @param {boolean} isPart whether its arguments and result were too long to be sent along
 * @returns {JobView}
 */
function applyState(known, job, isPart) {
  if (!isPart) return mergeJob(known, job, null);
  const whole = { ...job, args: known.args, kwargs: known.kwargs, result: known.result };
  const merged = mergeJob(known, whole, null);
  const isNews = merged.status === "complete" && known.status !== "complete";
  return { ...merged, result_omitted: isNews || known.result_omitted };
}

/**
 * @param {JobView | undefined} known
 * @param {Job} incoming
 * @param {string | null} eventId
 * @returns {JobView}
 */
export function mergeJob(known, incoming, eventId) {
  const fresh = { ...incoming, event_id: eventId, note: null, result_omitted: false };
  if (!known) return fresh;
  if (sameEnd(known, incoming)) return { ...fresh, event_id: later(known.event_id, eventId) };
  if (isOlder(eventId, known) || undoesEnd(known, incoming)) return known;
  const note = known.job_try === incoming.job_try && known.status === incoming.status ? known.note : null;
  const progress = incoming.progress ?? (isSameTry(known, incoming) ? known.progress : null);
  const progress_ms = incoming.progress || !progress ? null : (known.progress_ms ?? null);
  return { ...fresh, event_id: later(known.event_id, eventId), note, progress, progress_ms };
}

/**
 * @param {string | null} eventId
 * @param {JobView} known
 */
function isOlder(eventId, known) {
  return eventId !== null && known.event_id !== null && compareIds(eventId, known.event_id) < 0;
}

/**
 * @param {Job} a
 * @param {Job} b
 */
function isSameTry(a, b) {
  return a.status === b.status && a.job_try === b.job_try;
}

/**
 * @param {Job} known
 * @param {Job} incoming
 */
function sameEnd(known, incoming) {
  return known.status === "complete" && incoming.status === "complete" && known.finish_ms === incoming.finish_ms;
}

/**
 * @param {Job} known
 * @param {Job} incoming
 */
function undoesEnd(known, incoming) {
  if (known.status !== "complete" || incoming.status === "complete") return false;
  const isAnew = (incoming.enqueue_ms ?? 0) > (known.enqueue_ms ?? 0) || incoming.job_try > known.job_try;
  return incoming.status === "not_found" || !isAnew;
}
