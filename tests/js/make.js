// @ts-check
/** Jobs and events for the tests, with only what each test is about to fill in. */

/**
 * @param {Partial<import("../../src/arqlight/web/static/js/core/types.js").JobView>} [fields]
 * @returns {import("../../src/arqlight/web/static/js/core/types.js").JobView}
 */
export function job(fields = {}) {
  return {
    job_id: "a",
    status: "queued",
    outcome: null,
    function: "create_task",
    args: [3],
    kwargs: {},
    queue: "arq:queue",
    batch_id: "b",
    owner: null,
    job_try: 0,
    enqueue_ms: 1_000,
    due_ms: 1_000,
    start_ms: null,
    finish_ms: null,
    progress: null,
    result: null,
    error: null,
    worker_id: null,
    event_id: "1000-0",
    note: null,
    result_omitted: false,
    ...fields,
  };
}

/**
 * @param {string} event
 * @param {number} atMs
 * @param {Partial<import("../../src/arqlight/web/static/js/core/types.js").LogEvent>} [fields]
 * @returns {import("../../src/arqlight/web/static/js/core/types.js").LogEvent}
 */
export function event(event, atMs, fields = {}) {
  return { event, job_id: "a", id: `${atMs}-0`, at_ms: atMs, queue: "arq:queue", ...fields };
}

/**
 * @param {...import("../../src/arqlight/web/static/js/core/types.js").JobView} jobs
 * @returns {import("../../src/arqlight/web/static/js/core/types.js").Jobs}
 */
export function known(...jobs) {
  return new Map(jobs.map((one) => [one.job_id, one]));
}
