// @ts-check
/** What the list of jobs shows, as signals. Rows keep their places until the reader asks for others. */

import { batch as together, computed, signal } from "@preact/signals";
import { queryOf } from "../../core/client.js";
import { applyToRow, dueRow, newerRow, newestOf } from "../../core/job-rows.js";
import { ofAddress, toAddress, withoutStates } from "./query.js";
import { Selection } from "./selection.js";

/**
 * @typedef {import("../../core/job-rows.js").JobRow} JobRow
 * @typedef {import("../../views/frame/frame.js").Frame} Frame
 * @typedef {import("./query.js").JobsQuery} JobsQuery
 */

const EVERY_MS = 2_000;
export const PAGE_SIZE = 50;

export class JobsModel {
  /** Ids of what the stream tells of now. */
  #followed = "";
  /** Goes up whenever another list is asked for, so that a late answer is known for one. */
  #asked = 0;
  /** Ids of rows that leave as soon as they are deleted: those that the reader deletes. @type {Set<string>} */
  #leaving = new Set();
  /** The cursors that led here, to go back by. @type {(string | null)[]} */
  #earlier = [];

  query = signal(/** @type {JobsQuery} */ (ofAddress(location.search)));
  rows = signal(/** @type {JobRow[] | null} */ (null));
  next = signal(/** @type {string | null} */ (null));
  lookedThroughMs = signal(/** @type {number | null} */ (null));
  counts = signal(/** @type {Record<string, number> | null} */ (null));
  capped = signal(/** @type {string[]} */ ([]));
  /** How many jobs there are that are not shown yet; they come when asked for. */
  fresh = signal(0);
  /** Why the filter was refused, in the server's words. */
  refusal = signal("");
  selection = new Selection();
  isFirstPage = computed(() => this.query.value.cursor === null);

  /** @param {Frame} frame */
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
   * @param {Partial<JobsQuery>} change
   */
  set(change) {
    const query = { ...this.query.peek(), cursor: null, ...change };
    if (change.cursor === undefined) this.#earlier = [];
    history.pushState(null, "", location.pathname + toAddress(query));
    this.#show(query);
  }

  nextPage() {
    const { cursor } = this.query.peek();
    this.#earlier.push(cursor);
    this.set({ cursor: this.next.peek() });
    scrollTo({ top: 0 });
  }

  previousPage() {
    this.set({ cursor: this.#earlier.pop() ?? null });
  }

  /** Shows the list as it is now, with what is new. */
  showFresh() {
    if (!this.isFirstPage.peek()) return this.set({});
    this.rows.value = null;
    this.#show(this.query.peek());
    scrollTo({ top: 0 });
  }

  /** @param {readonly string[]} ids of jobs that the reader deletes */
  letGo(ids) {
    for (const id of ids) this.#leaving.add(id);
  }

  /** @param {number} now the server's time */
  age(now) {
    const rows = this.rows.peek();
    const aged = rows?.map((row) => dueRow(row, now));
    if (aged?.some((row, index) => row !== rows?.[index])) this.rows.value = aged;
  }

  /** @param {JobsQuery} query */
  #show(query) {
    this.#asked += 1;
    together(() => {
      this.query.value = query;
      this.fresh.value = 0;
      this.refusal.value = "";
      this.selection.clear();
    });
    this.poll.refresh();
  }

  async #load() {
    const asked = this.#asked;
    const { filters, sort, cursor } = this.query.peek();
    const wanted = queryOf({ ...filters, sort, cursor, limit: PAGE_SIZE });
    try {
      const [page, counts] = await Promise.all([
        this.frame.api.get("/jobs", wanted),
        this.frame.api.get("/counts", queryOf(withoutStates(filters))),
      ]);
      if (asked === this.#asked) together(() => this.#take(page, counts, asked));
    } catch (error) {
      const { isPassing, message } = /** @type {import("../../core/api.js").ApiError} */ (error);
      if (isPassing !== false) throw error;
      if (asked === this.#asked) this.refusal.value = message;
    }
  }

  /** Which list the rows are of. */
  #shownOf = -1;

  /**
   * @param {{jobs: JobRow[], next: string | null, event_id: string, looked_through_ms?: number | null}} page
   * @param {{counts: Record<string, number>, capped: string[]}} counts
   * @param {number} asked
   */
  #take(page, { counts, capped }, asked) {
    this.counts.value = counts;
    this.capped.value = capped;
    const shown = this.rows.peek();
    if (shown === null || shown.length === 0 || this.#shownOf !== asked) this.#replace(page, shown ?? []);
    else this.#update(page.jobs, shown);
    this.#shownOf = asked;
    this.#follow(page.event_id);
  }

  /**
   * @param {{jobs: JobRow[], next: string | null, looked_through_ms?: number | null}} page
   * @param {JobRow[]} shown
   */
  #replace(page, shown) {
    const known = new Map(shown.map((row) => [row.key, row]));
    this.rows.value = page.jobs.map((row) => newerRow(known.get(row.key) ?? row, row));
    this.next.value = page.next;
    this.lookedThroughMs.value = page.looked_through_ms ?? null;
    this.fresh.value = 0;
  }

  /**
   * @param {JobRow[]} incoming
   * @param {JobRow[]} shown
   */
  #update(incoming, shown) {
    const later = new Map(incoming.map((row) => [row.key, row]));
    const merged = shown.map((row) => newerRow(row, later.get(row.key) ?? row));
    if (merged.some((row, index) => row !== shown[index])) this.rows.value = merged;
    const known = new Set(shown.map((row) => row.key));
    const fresh = incoming.filter((row) => !known.has(row.key) && !this.#leaving.has(row.job_id));
    this.fresh.value = this.isFirstPage.peek() ? fresh.length : 0;
  }

  /** @param {string} eventId */
  #follow(eventId) {
    const ids = [...new Set(this.rows.peek()?.map((row) => row.job_id))];
    const followed = ids.join("\n");
    if (followed === this.#followed) return;
    this.#followed = followed;
    const topics = ids.map((id) => ({ kind: /** @type {const} */ ("job"), id }));
    this.frame.live.follow(topics, eventId, (events) => this.#hear(events));
  }

  /** @param {import("../../core/types.js").LogEvent[]} events */
  #hear(events) {
    const rows = [...(this.rows.peek() ?? [])];
    let isChanged = false;
    for (const event of events) {
      const at = newestOf(rows, event.job_id);
      const row = rows[at];
      if (row === undefined) continue;
      rows[at] = applyToRow(row, event);
      isChanged ||= rows[at] !== row;
    }
    if (isChanged) this.rows.value = rows.filter((row) => row.status !== "not_found" || !this.#leaving.has(row.job_id));
  }
}
