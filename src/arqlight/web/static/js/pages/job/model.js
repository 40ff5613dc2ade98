// @ts-check
/** What is known of one job: as Redis has it now, and as the history has it. */

import { computed, signal } from "@preact/signals";
import { part } from "../../core/client.js";
import { call } from "../../core/format.js";
import { applyEvents, applyTime, mergeJob } from "../../core/store.js";
import { isFinal } from "../../core/summary.js";

/**
 * @typedef {import("../../core/types.js").JobView} JobView
 * @typedef {import("../../core/job-rows.js").JobRow} JobRow
 * @typedef {import("../../views/frame/frame.js").Frame} Frame
 * @typedef {{type: string, message: string}} ShortError
 *
 * @typedef {object} Try
 * @property {number} number
 * @property {string | null} worker_id
 * @property {number | null} start_ms
 * @property {number | null} finish_ms
 * @property {string | null} ended
 * @property {ShortError | null} error
 * @property {string | null} traceback
 *
 * @typedef {object} Span
 * @property {"deferred" | "waiting" | "running" | "retry_pause"} kind
 * @property {number} from_ms
 * @property {number | null} to_ms null while it lasts
 * @property {number | null} job_try
 * @property {string | null} worker_id
 * @property {string | null} ended
 *
 * @typedef {{p50: number | null, p95: number | null, p99: number | null}} Percentiles
 *
 * @typedef {object} JobHistory as `/api/jobs/{id}/history` has it
 * @property {JobRow} job
 * @property {unknown[] | null} args
 * @property {Record<string, unknown> | null} kwargs
 * @property {unknown} result
 * @property {boolean} has_result
 * @property {Try[]} tries
 * @property {Span[]} spans
 * @property {{id: string, at_ms: number, level: string, text: string, logger: string | null, job_try: number | null}[]} logs
 * @property {{function: string, count: number, run: Percentiles, wait: Percentiles} | null} usual of those that succeeded
 * @property {string | null} why_waiting
 * @property {JobRow[]} earlier
 * @property {string} event_id
 */

const OPEN_MS = 1_000;
const OVER_MS = 10_000;
/** Two machines' clocks agree no better. */
const LEAST_DEFERRED_MS = 50;

export class JobModel {
  #isFollowed = false;

  /** As Redis has it; null when it has forgotten it. */
  live = signal(/** @type {JobView | null} */ (null));
  /** As the history has it; null when it has not heard of it, or not yet. */
  history = signal(/** @type {JobHistory | null} */ (null));
  isLoaded = signal(false);
  /** The two as one: what is later of each. */
  job = computed(() => this.#job());
  args = computed(() => this.history.value?.args ?? this.live.value?.args ?? null);
  kwargs = computed(() => this.history.value?.kwargs ?? this.live.value?.kwargs ?? null);
  call = computed(() => this.#call());
  /** Its life; due a moment after it was enqueued is not deferred. */
  spans = computed(() => (this.history.value?.spans ?? []).filter(isWorthShowing));

  /**
   * @param {Frame} frame
   * @param {string} id
   */
  constructor(frame, id) {
    this.frame = frame;
    this.id = id;
    this.path = `/jobs/${part(id)}`;
    /** Which of those that had this id one after the other; null for the newest. */
    this.key = new URLSearchParams(location.search).get("key");
    this.poll = frame.live.poll(() => this.#load(), () => (this.job.peek() && !this.#isOver() ? OPEN_MS : OVER_MS));
    frame.live.now.subscribe((now) => this.#age(now));
  }

  /** @param {JobView} job as an action's answer has it */
  take(job) {
    const known = this.live.peek();
    this.live.value = mergeJob(known ?? undefined, job, null);
  }

  async #load() {
    const [live, history] = await Promise.all([
      this.key === null ? this.#ask(this.path) : null,
      this.#ask(`${this.path}/history`, { key: this.key }),
    ]);
    this.history.value = history;
    this.live.value = live && mergeJob(this.live.peek() ?? undefined, live.job, live.event_id);
    this.isLoaded.value = true;
    const eventId = live?.event_id ?? history?.event_id;
    if (this.#isFollowed || eventId === undefined || this.key !== null) return;
    this.#isFollowed = true;
    this.frame.live.follow([{ kind: "job", id: this.id }], eventId, (events) => this.#hear(events));
  }

  /**
   * @param {string} path
   * @param {{key?: string | null}} [query]
   * @returns {Promise<any>} null for what there is not
   */
  async #ask(path, query = {}) {
    try {
      return await this.frame.api.get(path, query);
    } catch (error) {
      if (/** @type {import("../../core/api.js").ApiError} */ (error).status === 404) return null;
      throw error;
    }
  }

  /** @param {import("../../core/types.js").LogEvent[]} events */
  #hear(events) {
    const known = this.live.peek();
    if (known) this.live.value = applyEvents(new Map([[this.id, known]]), events).get(this.id) ?? known;
    if (!known || events.some((event) => event.event !== "progress")) this.poll.refresh();
  }

  /** @param {number} now */
  #age(now) {
    const known = this.live.peek();
    if (known) this.live.value = applyTime(new Map([[this.id, known]]), now).get(this.id) ?? known;
  }

  #isOver() {
    const job = this.job.peek();
    return job !== null && isFinal(/** @type {JobView} */ (/** @type {unknown} */ (job)));
  }

  /** @returns {JobRow | null} */
  #job() {
    const row = this.history.value?.job ?? null;
    const live = this.live.value;
    if (live === null) return row;
    const { status, outcome, job_try, enqueue_ms, start_ms, finish_ms, progress } = live;
    const now = { status, outcome, job_try, enqueue_ms, start_ms, finish_ms, progress };
    const error = live.error ?? (row?.outcome === outcome ? (row?.error ?? null) : null);
    const due_ms = live.due_ms ?? row?.due_ms ?? null;
    const worker_id = live.worker_id ?? (status === "complete" ? (row?.worker_id ?? null) : null);
    return { ...live, ...EMPTY, ...row, ...now, error, due_ms, worker_id, owner: row?.owner ?? live.owner ?? null };
  }

  #call() {
    const job = this.job.value;
    if (!job) return `Job ${this.id}`;
    const [args, kwargs] = [this.args.value, this.kwargs.value];
    return args && kwargs ? call(job.function, args, kwargs) : (job.call ?? job.function ?? `Job ${this.id}`);
  }
}

/** @param {Span} span */
function isWorthShowing({ kind, from_ms, to_ms }) {
  return kind !== "deferred" || to_ms === null || to_ms - from_ms >= LEAST_DEFERRED_MS;
}

/** What the history alone can tell. */
const EMPTY = { key: "", call: null, max_tries: null, wait_ms: null, run_ms: null, fingerprint: null, source: "", event_id: "0-0" };
