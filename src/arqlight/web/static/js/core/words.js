// @ts-check
/** What the page says of jobs in words. Pure functions. */

import { count, duration, wholeSeconds } from "./format.js";

/**
 * @typedef {import("./types.js").JobView} JobView
 * @typedef {import("./types.js").Kind} Kind
 * @typedef {import("./summary.js").Summary} Summary
 */

/** @type {Record<Kind, string>} */
export const STATE_WORDS = {
  deferred: "deferred",
  queued: "queued",
  in_progress: "in progress",
  succeeded: "succeeded",
  failed: "failed",
  aborted: "aborted",
  expired: "expired",
  not_found: "not found",
};

/**
 * @param {JobView} job
 * @param {number} now Unix milliseconds by the server's clock
 * @returns {string} what its status word alone does not say, or ""
 */
export function remark(job, now) {
  const nextTry = `try ${job.job_try + 1}`;
  if (job.status === "complete") return job.outcome === null ? "its result is unreadable" : "";
  if (job.status === "not_found") return "its record has expired, or was deleted";
  if (isRetrying(job)) return job.status === "deferred" ? `retrying ${soon(job, now)}, ${nextTry}` : `retrying, ${nextTry}`;
  if (job.note === "lost") return `try ${job.job_try} lost with its worker`;
  if (job.note === "released") return "handed back by its worker";
  if (job.note === "abort_ignored") return "was asked to stop, runs on";
  if (job.status === "deferred") return `starts ${soon(job, now)}`;
  return job.status === "in_progress" && job.job_try > 1 ? `try ${job.job_try}` : "";
}

/**
 * @param {JobView} job
 * @returns {boolean} whether it was told to retry, or, where only a snapshot is known, waits after a try
 */
function isRetrying(job) {
  return job.note === "retrying" || (job.note === null && job.status === "deferred" && job.job_try > 0);
}

/**
 * @param {JobView} job
 * @param {number} now
 * @returns {string}
 */
function soon(job, now) {
  return job.due_ms === null ? "later" : `in ${wholeSeconds(Math.max(1000, job.due_ms - now))}`;
}

/**
 * @param {JobView} job
 * @param {number} now
 * @returns {string} how long it waited before its last try, or waits by now. Of a running job it is not said: when
 *   it became due is known to who saw it happen, and to the record of its end, but not to who comes meanwhile.
 */
export function waited(job, now) {
  if (job.enqueue_ms === null || job.status === "in_progress") return "";
  const due = job.due_ms !== null && job.due_ms <= (job.start_ms ?? now) ? job.due_ms : 0;
  const since = Math.max(job.enqueue_ms, due);
  if (job.start_ms !== null) return duration(job.start_ms - since);
  return job.status === "queued" ? wholeSeconds(now - since) : "";
}

/**
 * @param {JobView} job
 * @param {number} now
 * @returns {string} how long its last try ran, or runs by now
 */
export function ran(job, now) {
  if (job.start_ms === null) return "";
  if (job.finish_ms !== null) return duration(job.finish_ms - job.start_ms);
  return job.status === "in_progress" ? wholeSeconds(now - job.start_ms) : "";
}

/**
 * @param {JobView} job
 * @returns {string} what its progress says beside the bar
 */
export function progressText(job) {
  const { fraction = null, done = null, total = null, message = null } = job.progress ?? {};
  if (fraction !== null) return [`${Math.floor(fraction * 100)} %`, message].filter(Boolean).join(" · ");
  return message ?? (done === null ? "" : [done, total].filter((number) => number !== null).join(" / "));
}

/**
 * @param {import("./types.js").JobError} error
 * @returns {string} its last line in a traceback
 */
export function errorText({ type, message }) {
  return message ? `${type}: ${message}` : type;
}

/**
 * @param {import("./types.js").JobError} error
 * @returns {boolean} whether there is more to see than the error's own line, as far as it is known
 */
export function hasTraceback({ type, traceback }) {
  if (traceback) return traceback.includes("\n  File ");
  return !type.endsWith("JobExecutionFailed"); // the worker's own, which says why a job was not run
}

/**
 * @param {{status: number, message: string}} refusal of the server to show a job or a batch
 * @returns {string} why there is nothing to show
 */
export function whyMissing({ status, message }) {
  return status === 401 || status === 403 ? `You may not see this. ${message}` : message;
}

/**
 * @param {import("./types.js").JobError} error
 * @returns {import("./types.js").JobError} with its type's name alone, without the module
 */
export function shortType(error) {
  return { ...error, type: error.type.slice(error.type.lastIndexOf(".") + 1) };
}

/**
 * @param {Summary} summary
 * @returns {string} such as "37 of 100 done, 2 failed, about 12 s left"
 */
export function standing(summary) {
  const { total, done, left_ms } = summary;
  if (total === 0) return "";
  const parts = [`${done} of ${total} done`, ...troubles(summary)];
  if (left_ms !== null && done < total) parts.push(`about ${wholeSeconds(Math.max(1000, left_ms))} left`);
  return parts.join(", ");
}

/**
 * @param {Summary} summary
 * @returns {string[]} such as ["2 failed", "1 aborted"]
 */
export function troubles({ counts }) {
  const kinds = /** @type {Kind[]} */ (["failed", "aborted", "expired", "not_found"]);
  return kinds.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${STATE_WORDS[kind]}`);
}

/**
 * @param {Summary} summary
 * @param {string} name the page's own title
 * @returns {string} the document's title
 */
export function pageTitle({ total, done, counts }, name) {
  if (total === 0) return name;
  const failed = counts.failed > 0 ? `, ${counts.failed} failed` : "";
  return `${done}/${total}${failed} - ${name}`;
}

/**
 * @param {Summary} before
 * @param {Summary} now
 * @returns {string} what a screen reader should say of the change: the start, each quarter of many, the end; else ""
 */
export function announcement(before, now) {
  // What is hidden is no news.
  if (now.total === 0 || now.total < before.total) return "";
  if (now.done === before.done && now.total === before.total) return "";
  if (now.done === now.total) return `All done: ${[`${now.counts.succeeded} succeeded`, ...troubles(now)].join(", ")}.`;
  if (now.total > before.total) return `${count(now.total - before.total, "job")} added. ${standing(now)}.`;
  const step = now.total < 8 ? now.total : now.total / 4;
  return Math.floor(now.done / step) > Math.floor(before.done / step) ? `${standing(now)}.` : "";
}
