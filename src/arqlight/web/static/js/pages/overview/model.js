// @ts-check
/** How things stand now, what ended over time, and what runs. */

import { signal } from "@preact/signals";
import { SPANS, spanNamed, stepsOf } from "../../core/series.js";
import { followed, seated } from "./seats.js";

/**
 * @typedef {import("../../core/job-rows.js").JobRow} JobRow
 * @typedef {import("../../core/series.js").SpanName} SpanName
 * @typedef {import("../../core/series.js").Steps} Steps
 * @typedef {{p50: number | null, p95: number | null, p99: number | null}} Percentiles
 *
 * @typedef {object} QueueRow a queue as `/api/queues` has it
 * @property {string} name
 * @property {number} depth
 * @property {number} deferred
 * @property {number} in_progress
 * @property {number | null} oldest_ms
 * @property {boolean} paused
 * @property {"arqlight" | "arq" | "none"} served_by
 * @property {number} done_per_minute
 * @property {number | null} drain_ms
 * @property {[number, number][]} done_series
 *
 * @typedef {object} Attention
 * @property {string} kind
 * @property {"bad" | "odd"} level
 * @property {string} text
 * @property {{page: string, query: Record<string, string>}} link
 *
 * @typedef {object} Overview as `/api/overview` has it
 * @property {Attention[]} attention
 * @property {QueueRow[]} queues
 * @property {{up: number, slots: number, running: number}} workers
 * @property {JobRow[]} running
 * @property {string} event_id
 *
 * @typedef {{at_ms: number, succeeded: number, failed: number, aborted: number, expired: number, wait: Percentiles, run: Percentiles}} StatPoint
 * @typedef {{span: SpanName, steps: Steps, series: StatPoint[], marks: {at_ms: number, text: string}[]}} Stats
 */

const EVERY_MS = 2_000;
const STATS_EVERY_MS = { hour: 5_000, day: 15_000, week: 30_000 };

export class OverviewModel {
  #followed = "";

  overview = signal(/** @type {Overview | null} */ (null));
  stats = signal(/** @type {Stats | null} */ (null));
  /** What runs, and for a moment what has just ended. */
  running = signal(/** @type {JobRow[]} */ ([]));
  span = signal(/** @type {SpanName} */ ("hour"));
  /** Whether somebody reads what runs: then nothing moves there. */
  isRead = false;

  /** @param {import("../../views/frame/frame.js").Frame} frame */
  constructor(frame) {
    this.frame = frame;
    this.followAddress();
    this.poll = frame.live.poll(() => this.#load(), EVERY_MS);
    this.statsPoll = frame.live.poll(() => this.#loadStats(), () => STATS_EVERY_MS[this.span.peek()]);
  }

  /** Shows what the address says. */
  followAddress() {
    this.span.value = spanNamed(new URLSearchParams(location.search).get("span"), "hour");
    this.statsPoll?.refresh();
  }

  /** @param {SpanName} span */
  choose(span) {
    history.pushState(null, "", `${location.pathname}?${new URLSearchParams({ span })}`);
    this.followAddress();
  }

  async #load() {
    const overview = /** @type {Overview} */ (await this.frame.api.get("/overview"));
    this.overview.value = overview;
    this.running.value = seated(this.running.peek(), overview.running, this.frame.live.now.peek(), { isRead: this.isRead });
    this.#follow(overview.event_id);
  }

  async #loadStats() {
    const span = this.span.peek();
    const { ms, stepS } = SPANS[span];
    const answer = await this.frame.api.get("/stats", { step: stepS, since: this.frame.live.now.peek() - ms });
    if (span !== this.span.peek()) return;
    const { series, marks, since_ms, until_ms, step_ms } = answer;
    this.stats.value = { span, series, marks, steps: stepsOf(since_ms, until_ms, step_ms) };
  }

  /** @param {string} eventId */
  #follow(eventId) {
    const ids = this.running.peek().map((row) => row.job_id);
    const wanted = ids.join("\n");
    if (wanted === this.#followed) return;
    this.#followed = wanted;
    const topics = ids.map((id) => ({ kind: /** @type {const} */ ("job"), id }));
    this.frame.live.follow(topics, eventId, (events) => {
      this.running.value = followed(this.running.peek(), events);
    });
  }
}
