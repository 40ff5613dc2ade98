// @ts-check
/**
 * The words of `arqlight.models`, which the server's JSON uses. A test compares the two and fails on any difference.
 *
 * @typedef {typeof STATUSES[number]} Status
 * @typedef {typeof OUTCOMES[number]} Outcome
 * @typedef {typeof KINDS[number]} Kind a job's status, with its outcome in place of `complete`
 * @typedef {typeof EVENTS[number]} EventName
 * @typedef {typeof HUB_EVENTS[number]} HubEventName
 * @typedef {typeof ABORT_ANSWERS[number]} AbortAnswer
 */

/** arq's five words. */
export const STATUSES = /** @type {const} */ (["deferred", "queued", "in_progress", "complete", "not_found"]);

/** Why a job is complete. */
export const OUTCOMES = /** @type {const} */ (["succeeded", "failed", "aborted", "expired"]);

/** What a job can be shown as, in the order of its life. */
export const KINDS = /** @type {const} */ ([
  "deferred", "queued", "in_progress", "succeeded", "failed", "aborted", "expired", "not_found",
]);

/** The events of the log; docs/events.md says what each one carries. */
export const EVENTS = /** @type {const} */ ([
  "enqueued", "started", "progress", "log", "retrying", "lost", "released",
  "succeeded", "failed", "aborted", "expired", "abort_ignored", "due_now", "deleted",
  "paused", "resumed", "cron_off", "cron_on", "draining", "undrained",
]);

/** What the web process adds to a stream; it is not in the log. */
export const HUB_EVENTS = /** @type {const} */ (["state", "reset"]);

/** What became of a request to abort a job. */
export const ABORT_ANSWERS = /** @type {const} */ (["aborted", "finished", "unknown", "requested"]);

/** The events that end a job. @type {ReadonlySet<string>} */
export const FINAL_EVENTS = new Set(OUTCOMES);
