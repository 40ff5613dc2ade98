// @ts-check
/** How a new job is asked for besides its arguments: queue, delay, id, expiry, how often. */

import { parseDuration } from "../../core/spans.js";

export const MOST_TIMES = 1_000;

/** In the order of the form. */
export const OPTIONS = /** @type {const} */ ([
  { name: "queue", word: "Queue", hint: "Where the function’s workers take jobs from." },
  { name: "delay", word: "Start in", hint: "Empty for at once; such as 30 s, 5 min, 2 h." },
  { name: "expires", word: "Give up after", hint: "If it has not started by then; such as 1 h." },
  { name: "job_id", word: "Id", hint: "Your own, or empty for a new one." },
  { name: "times", word: "How often", hint: `1 to ${MOST_TIMES}; more than one make a batch.` },
]);

/**
 * @param {Record<string, string>} typed
 * @param {Record<string, string>} problems what is wrong is put in here
 * @returns {{times: number, queue: string | undefined} & Record<string, unknown>}
 */
export function readOptions(typed, problems) {
  const seconds = (/** @type {string} */ name) => {
    if (!typed[name]) return undefined;
    const ms = parseDuration(typed[name]);
    if (ms === null) problems[name] = "This has to be a time, such as 30 s or 5 min.";
    return ms === null ? undefined : ms / 1000;
  };
  const times = Number(typed.times || "1");
  if (!Number.isInteger(times) || times < 1 || times > MOST_TIMES) problems.times = `This has to be a whole number from 1 to ${MOST_TIMES}.`;
  if (typed.job_id && times > 1) problems.job_id = "An id of your own is for one job only.";
  const options = { job_id: typed.job_id || undefined, defer_by_s: seconds("delay"), expires_s: seconds("expires") };
  return { times, queue: typed.queue || undefined, ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) };
}
