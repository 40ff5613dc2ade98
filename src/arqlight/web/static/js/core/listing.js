// @ts-check
/** A list that the API answers as a whole, asked again and again. A row keeps its place while somebody reads. */

import { signal } from "@preact/signals";
import { steady } from "./steady.js";

/**
 * @template Row
 */
export class Listing {
  /** @type {import("@preact/signals").Signal<Row[] | null>} null before the first answer */
  rows = signal(/** @type {Row[] | null} */ (null));

  /**
   * @param {import("../views/frame/frame.js").Frame} frame
   * @param {object} rules
   * @param {() => Promise<Row[]>} rules.ask
   * @param {(row: Row) => string} rules.keyOf
   * @param {number} rules.everyMs
   */
  constructor(frame, { ask, keyOf, everyMs }) {
    this.frame = frame;
    this.keyOf = keyOf;
    this.poll = frame.live.poll(async () => {
      const asked = this.#shown;
      const answered = await ask();
      // What an action has answered meanwhile is newer.
      if (asked === this.#shown) this.rows.value = steady(this.rows.peek() ?? [], answered, keyOf);
      else this.poll.refresh();
    }, everyMs);
  }

  /** Goes up with each row that is shown before it was asked for. */
  #shown = 0;

  /** @param {Row} row as an action has answered it: shown at once */
  show(row) {
    this.#shown += 1;
    const key = this.keyOf(row);
    this.rows.value = (this.rows.peek() ?? []).map((known) => (this.keyOf(known) === key ? row : known));
  }
}
