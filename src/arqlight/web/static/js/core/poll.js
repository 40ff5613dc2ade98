// @ts-check
/** Asking again and again: not while paused or hidden, never twice at once, and more slowly while it fails. */

const LONGEST_PAUSE_MS = 30_000;

/**
 * @typedef {object} Poll
 * @property {() => void} refresh asks at once, or once more as soon as the running question is answered
 * @property {() => void} stop
 *
 * @typedef {object} Rules
 * @property {number | (() => number)} everyMs
 * @property {() => boolean} mayAsk
 * @property {() => void} onAnswer
 * @property {(error: Error) => void} onProblem
 */

/**
 * @param {() => Promise<void>} work
 * @param {Rules} rules
 * @returns {Poll}
 */
export function createPoll(work, { everyMs, mayAsk, onAnswer, onProblem }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isAsking = false;
  let mustAskAgain = false;
  let isStopped = false;
  let failures = 0;

  const again = () => {
    clearTimeout(timer);
    if (isStopped) return;
    const pause = typeof everyMs === "number" ? everyMs : everyMs();
    const longer = Math.min(pause * 2 ** failures, Math.max(pause, LONGEST_PAUSE_MS));
    timer = setTimeout(() => (mayAsk() ? void ask() : again()), longer);
  };
  const ask = async () => {
    if (isStopped) return;
    if (isAsking) {
      mustAskAgain = true;
      return;
    }
    isAsking = true;
    mustAskAgain = false;
    try {
      await work();
      failures = 0;
      onAnswer();
    } catch (error) {
      failures += 1;
      onProblem(/** @type {Error} */ (error));
    }
    isAsking = false;
    if (mustAskAgain) void ask();
    else again();
  };
  void ask();
  return {
    refresh: () => void ask(),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
