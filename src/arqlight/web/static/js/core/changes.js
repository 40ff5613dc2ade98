// @ts-check
/**
 * What each event of the log changes in a job that it is about; docs/events.md lists the events.
 *
 * @typedef {import("./types.js").JobView} JobView
 * @typedef {import("./types.js").LogEvent} LogEvent
 * @typedef {Partial<JobView> | null} Change null when the event tells nothing new
 */

/** @type {Partial<Record<string, (job: JobView, event: LogEvent) => Change>>} */
export const HANDLERS = {
  enqueued(job, event) {
    const due = event.due_ms ?? null;
    return {
      ...waiting(event.at_ms ?? null, due),
      function: event.function ?? job.function,
      batch_id: event.batch_id ?? job.batch_id,
      outcome: null,
      job_try: 0,
      enqueue_ms: event.at_ms ?? job.enqueue_ms,
      start_ms: null,
      finish_ms: null,
      result: null,
      result_omitted: false,
      error: null,
    };
  },

  started(job, event) {
    if (job.status === "complete" && tryOf(event) <= job.job_try) return null;
    return {
      status: "in_progress",
      outcome: null,
      note: null,
      job_try: tryOf(event) || job.job_try,
      worker_id: event.worker_id ?? null,
      start_ms: event.at_ms ?? null,
      finish_ms: null,
      progress: null,
      error: null,
    };
  },

  progress(job, event) {
    if (job.status === "complete" || tryOf(event) < job.job_try) return null;
    const { fraction = null, done = null, total = null, message = null } = event;
    return { status: "in_progress", job_try: tryOf(event), progress: { fraction, done, total, message }, progress_ms: event.at_ms ?? null };
  },

  retrying(job, event) {
    if (job.status === "complete") return null;
    return {
      ...backInQueue(job, event, "retrying"),
      ...waiting(event.at_ms ?? null, event.due_ms ?? null),
      note: "retrying",
      error: event.error ?? null,
    };
  },

  lost: (job, event) => (job.status === "complete" ? null : backInQueue(job, event, "lost")),
  released: (job, event) => (job.status === "complete" ? null : backInQueue(job, event, "released")),
  due_now(job, event) {
    const waits = job.status === "deferred" || job.status === "queued";
    return waits ? waiting(event.at_ms ?? null, event.due_ms ?? null) : null;
  },
  deleted: () => ({ status: "not_found", outcome: null, progress: null }),
  abort_ignored: (job) => (job.status === "complete" ? null : { note: "abort_ignored" }),

  succeeded: (job, event) => ({
    ...ended(job, event, "succeeded"),
    result: event.result ?? null,
    result_omitted: event.result_omitted === true,
  }),
  failed: (job, event) => ({ ...ended(job, event, "failed"), error: event.error ?? null }),
  aborted: (job, event) => ended(job, event, "aborted"),
  expired: (job, event) => ({ ...ended(job, event, "expired"), start_ms: null }),
};

/**
 * @param {LogEvent} event
 * @returns {number}
 */
function tryOf(event) {
  return event.job_try ?? 0;
}

/**
 * @param {number | null} now
 * @param {number | null} due
 * @returns {Partial<JobView>}
 */
function waiting(now, due) {
  const deferred = due !== null && now !== null && due > now;
  return { status: deferred ? "deferred" : "queued", due_ms: due, note: null, progress: null, worker_id: null };
}

/**
 * @param {JobView} job
 * @param {LogEvent} event
 * @param {import("./types.js").Note} note
 * @returns {Partial<JobView>}
 */
function backInQueue(job, event, note) {
  return { ...waiting(null, event.at_ms ?? null), job_try: event.job_try ?? job.job_try, start_ms: null, note };
}

/**
 * @param {JobView} job
 * @param {LogEvent} event
 * @param {import("./types.js").Outcome} outcome
 * @returns {Partial<JobView>}
 */
function ended(job, event, outcome) {
  return {
    status: "complete",
    outcome,
    note: null,
    job_try: event.job_try ?? job.job_try,
    start_ms: event.start_ms ?? job.start_ms,
    finish_ms: event.finish_ms ?? event.at_ms ?? null,
    progress: null,
    error: null,
  };
}
