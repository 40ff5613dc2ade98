// @ts-check
/** The groups of failures that the address names. Rows keep their places until the reader asks for others. */

import { batch as together, computed, signal } from "@preact/signals";
import { queryOf } from "../../core/client.js";
import { SPANS, stepsOf } from "../../core/series.js";
import { ofAddress, toAddress } from "./query.js";

/**
 * @typedef {import("./query.js").FailuresQuery} FailuresQuery
 * @typedef {import("../../core/types.js").Failure} Failure
 */

const EVERY_MS = 3_000;
const PAGE_SIZE = 50;

export class FailuresModel {
  /** Goes up whenever another list is asked for, so that a late answer is known for one. */
  #asked = 0;
  #shownOf = -1;

  query = signal(ofAddress(location.search));
  rows = signal(/** @type {Failure[] | null} */ (null));
  next = signal(/** @type {string | null} */ (null));
  steps = signal(stepsOf(0, 1, 1));
  /** How many groups there are that are not shown yet; they come when asked for. */
  fresh = signal(0);
  isFirstPage = computed(() => this.query.value.cursor === null);

  /** @param {import("../../views/frame/frame.js").Frame} frame */
  constructor(frame) {
    this.frame = frame;
    this.poll = frame.live.poll(() => this.#load(), EVERY_MS);
  }

  /** Shows what the address says now. */
  followAddress() {
    this.#show(ofAddress(location.search));
  }

  /**
   * Shows another list: the address says so too.
   *
   * @param {Partial<FailuresQuery>} change
   */
  set(change) {
    const query = { ...this.query.peek(), cursor: null, ...change };
    history.pushState(null, "", location.pathname + toAddress(query));
    this.#show(query);
  }

  /** Shows the list as it is now, with what is new. */
  showFresh() {
    this.set({});
  }

  /** @param {FailuresQuery} query */
  #show(query) {
    this.#asked += 1;
    this.query.value = query;
    this.poll.refresh();
  }

  async #load() {
    const asked = this.#asked;
    const { functions, q, span, sort, cursor } = this.query.peek();
    const { ms, wideStepS } = SPANS[span];
    const until = this.frame.live.now.peek();
    const wanted = { function: functions, q, sort, cursor, limit: PAGE_SIZE, since: until - ms, step: wideStepS };
    const page = await this.frame.api.get("/failures", queryOf(wanted));
    if (asked !== this.#asked) return;
    together(() => {
      this.steps.value = stepsOf(until - ms, until, page.step_ms);
      this.#take(page, asked);
    });
  }

  /**
   * @param {{failures: Failure[], next: string | null}} page
   * @param {number} asked
   */
  #take({ failures, next }, asked) {
    const shown = this.rows.peek() ?? [];
    if (this.#shownOf === asked && shown.length > 0) {
      const later = new Map(failures.map((failure) => [failure.fingerprint, failure]));
      this.rows.value = shown.map((failure) => later.get(failure.fingerprint) ?? failure);
      const known = new Set(shown.map(({ fingerprint }) => fingerprint));
      this.fresh.value = this.isFirstPage.peek() ? failures.filter(({ fingerprint }) => !known.has(fingerprint)).length : 0;
      return;
    }
    this.#shownOf = asked;
    this.rows.value = failures;
    this.next.value = next;
    this.fresh.value = 0;
  }
}
