// @ts-check
/** Results that were too long for their events: fetched once each, a few at a time. */

const AT_A_TIME = 4;

const TRIES = 5;
const PAUSE_MS = 1_000;

/**
 * @param {(id: string) => Promise<string>} load returns why it did not work, or ""
 * @returns {(ids: string[]) => void} asks for the results of these jobs
 */
export function createResultLoader(load) {
  /** @type {Set<string>} */
  const asked = new Set();
  /** @type {string[]} */
  const waiting = [];
  let running = 0;

  async function run() {
    running += 1;
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await insist(id);
    running -= 1;
  }

  /** @param {string} id */
  async function insist(id) {
    for (let tries = 1; (await load(id)) !== "" && tries < TRIES; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * tries));
    }
  }

  return (ids) => {
    const fresh = ids.filter((id) => !asked.has(id));
    for (const id of fresh) asked.add(id);
    waiting.push(...fresh);
    while (running < Math.min(AT_A_TIME, waiting.length + running)) void run();
  };
}
