// @ts-check
/** The page of batches that the address names. Rows keep their places until the reader asks for others. */

import { batch as together, signal } from "@preact/signals";
import { queryOf } from "../../core/client.js";
import { steady } from "../../core/steady.js";

/**
 * @typedef {object} Batch as `/api/batches` has it
 * @property {string} batch_id
 * @property {string} queue
 * @property {string | null} function that of its first job
 * @property {number} enqueue_ms
 * @property {number} total
 * @property {Record<string, number>} counts
 */

const EVERY_MS = 2_000;
const PAGE_SIZE = 50;

export class BatchesModel {
  /** Goes up whenever another page is asked for, so that a late answer is known for one. */
  #asked = 0;
  #shownOf = -1;

  cursor = signal(cursorOfAddress());
  rows = signal(/** @type {Batch[] | null} */ (null));
  next = signal(/** @type {string | null} */ (null));
  /** How many batches there are that are not shown yet; they come when asked for. */
  fresh = signal(0);

  /** @param {import("../../views/frame/frame.js").Frame} frame */
  constructor(frame) {
    this.frame = frame;
    this.poll = frame.live.poll(() => this.#load(), EVERY_MS);
  }

  /** Shows what the address says now. */
  followAddress() {
    this.#show(cursorOfAddress());
  }

  /** @param {string | null} cursor of another page, null for the first one */
  open(cursor) {
    history.pushState(null, "", location.pathname + (cursor === null ? "" : `?${new URLSearchParams({ cursor })}`));
    this.#show(cursor);
    scrollTo({ top: 0 });
  }

  /** Shows the first page as it is now, with what is new. */
  showFresh() {
    this.open(null);
  }

  /** @param {string | null} cursor */
  #show(cursor) {
    this.#asked += 1;
    this.cursor.value = cursor;
    this.poll.refresh();
  }

  async #load() {
    const asked = this.#asked;
    const cursor = this.cursor.peek();
    const page = await this.frame.api.get("/batches", queryOf({ limit: PAGE_SIZE, cursor }));
    if (asked === this.#asked) together(() => this.#take(page, cursor === null));
  }

  /**
   * @param {{batches: Batch[], next: string | null}} page
   * @param {boolean} isFirst
   */
  #take({ batches, next }, isFirst) {
    const shown = this.rows.peek() ?? [];
    if (this.#shownOf !== this.#asked || shown.length === 0) {
      this.#shownOf = this.#asked;
      this.rows.value = batches;
      this.next.value = next;
      this.fresh.value = 0;
      return;
    }
    const known = new Set(shown.map(({ batch_id }) => batch_id));
    const later = new Map(batches.map((one) => [one.batch_id, one]));
    // Those that others have pushed off the page stay as they are.
    this.rows.value = steady(shown, shown.map((one) => later.get(one.batch_id) ?? one), ({ batch_id }) => batch_id);
    this.fresh.value = isFirst ? batches.filter(({ batch_id }) => !known.has(batch_id)).length : 0;
  }
}

function cursorOfAddress() {
  return new URLSearchParams(location.search).get("cursor");
}
