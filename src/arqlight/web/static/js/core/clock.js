// @ts-check
/** The server's clock, as far as the page can tell: from the times of events as they arrive. */

export class Clock {
  /** How much this machine's clock is ahead; each event is a bit late, so the least is the best guess. @type {number | null} */
  #ahead = null;

  /** @param {() => number} [local] */
  constructor(local = Date.now) {
    this.local = local;
  }

  /** @param {number} atMs when something happened, just now, by the server's clock */
  observe(atMs) {
    const ahead = this.local() - atMs;
    this.#ahead = this.#ahead === null ? ahead : Math.min(this.#ahead, ahead);
  }

  /** @returns {number} Unix milliseconds */
  now() {
    return this.local() - (this.#ahead ?? 0);
  }
}
