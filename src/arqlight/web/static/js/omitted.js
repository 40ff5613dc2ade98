// @ts-check
/** Results that were too long for their events: fetched once each, a few at a time. */

const AT_A_TIME = 4;

/**
 * @param {(id: string) => Promise<unknown>} load
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
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await load(id);
    running -= 1;
  }

  return (ids) => {
    const fresh = ids.filter((id) => !asked.has(id));
    for (const id of fresh) asked.add(id);
    waiting.push(...fresh);
    while (running < Math.min(AT_A_TIME, waiting.length + running)) void run();
  };
}
