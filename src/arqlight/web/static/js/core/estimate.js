// @ts-check
/** When jobs will be done, as far as those that are done tell. Pure functions. */

/**
 * @typedef {import("./types.js").JobView} JobView
 * @typedef {ReadonlyMap<string, number>} Ends the expected end of each open job by its id, in Unix milliseconds
 */

/**
 * Runs what is left in the mind: the jobs in their order, on as many slots as jobs run at the same time now, each
 * for as long as jobs of its function took. Jobs of which nothing is known are left out.
 *
 * @param {readonly JobView[]} jobs all that are shown
 * @param {number} now Unix milliseconds by the server's clock
 * @returns {Ends}
 */
export function expectedEnds(jobs, now) {
  const usual = usualRuns(jobs, now);
  /** @type {Map<string, number>} */
  const ends = new Map();
  for (const job of jobs) {
    const end = job.status === "in_progress" ? runningEnd(job, usual, now) : null;
    if (end !== null) ends.set(job.job_id, end);
  }
  const slots = [...ends.values()].sort((a, b) => a - b);
  for (const job of waiting(jobs)) {
    const run = usual(job);
    const free = slots[0];
    if (run === null || free === undefined) continue;
    const end = Math.max(free, job.due_ms ?? 0) + run;
    ends.set(job.job_id, end);
    slots.shift();
    insert(slots, end);
  }
  return ends;
}

/**
 * @param {Ends} ends
 * @param {readonly string[]} ids
 * @param {number} now
 * @returns {number | null} in how many milliseconds the last of these jobs ends; null if none is open
 */
export function timeLeft(ends, ids, now) {
  let last = null;
  for (const id of ids) {
    const end = ends.get(id);
    if (end !== undefined && (last === null || end > last)) last = end;
  }
  return last === null ? null : Math.max(0, last - now);
}

/**
 * @param {readonly JobView[]} jobs
 * @param {number} now
 * @returns {(job: JobView) => number | null} how long a job takes: the mean of its function's jobs that ran to their
 *   end, or else by the progress of those that run
 */
function usualRuns(jobs, now) {
  const done = means(jobs.map((job) => [job.function, ran(job)]));
  const under = means(jobs.map((job) => [job.function, foreseen(job, now)]));
  return (job) => done.get(job.function) ?? under.get(job.function) ?? null;
}

/**
 * @param {[string | null, number | null][]} runs
 * @returns {Map<string | null, number>}
 */
function means(runs) {
  /** @type {Map<string | null, {sum: number, count: number}>} */
  const sums = new Map();
  for (const [name, run] of runs) {
    if (run === null) continue;
    const { sum, count } = sums.get(name) ?? { sum: 0, count: 0 };
    sums.set(name, { sum: sum + run, count: count + 1 });
  }
  return new Map([...sums].map(([name, { sum, count }]) => [name, sum / count]));
}

/**
 * @param {JobView} job
 * @returns {number | null} how long it ran, if it ran to its end
 */
function ran(job) {
  return job.outcome === "succeeded" && job.start_ms !== null && job.finish_ms !== null ? job.finish_ms - job.start_ms : null;
}

/**
 * @param {JobView} job
 * @param {number} now
 * @returns {number | null} how long a running one takes in all, by its last report
 */
function foreseen(job, now) {
  const fraction = job.progress?.fraction ?? 0;
  if (job.status !== "in_progress" || fraction <= 0 || job.start_ms === null) return null;
  return Math.max(0, (job.progress_ms ?? now) - job.start_ms) / fraction;
}

/**
 * @param {JobView} job a running one
 * @param {(job: JobView) => number | null} usual
 * @param {number} now
 * @returns {number | null} Unix milliseconds
 */
function runningEnd(job, usual, now) {
  const all = foreseen(job, now) ?? usual(job);
  return all === null || job.start_ms === null ? null : Math.max(now, job.start_ms + all);
}

/**
 * @param {readonly JobView[]} jobs
 * @returns {JobView[]} those that wait, in the order in which they start
 */
function waiting(jobs) {
  const found = jobs.filter((job) => job.status === "queued" || job.status === "deferred");
  return found.sort((a, b) => (a.due_ms ?? a.enqueue_ms ?? 0) - (b.due_ms ?? b.enqueue_ms ?? 0));
}

/**
 * @param {number[]} sorted
 * @param {number} value
 */
function insert(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (sorted[middle]) < value) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, value);
}
