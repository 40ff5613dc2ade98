// @ts-check
/** One group of failures. The sample stays the one that is being read, until the reader asks for a later one. */

import { batch as together, computed, signal } from "@preact/signals";
import { part } from "../../core/client.js";
import { newerRow } from "../../core/job-rows.js";
import { SPANS, spanNamed, stepsOf } from "../../core/series.js";

/**
 * @typedef {import("../../core/job-rows.js").JobRow} JobRow
 * @typedef {import("../../core/series.js").SpanName} SpanName
 * @typedef {import("../../core/series.js").Steps} Steps
 * @typedef {import("../../core/types.js").Failure} Failure
 *
 * @typedef {object} Sample the try of a job that failed so
 * @property {string | null} job_id
 * @property {number | null} finish_ms
 * @property {{type: string, message: string} | null} error
 * @property {string | null} traceback
 */

const EVERY_MS = 3_000;
const SHOWN_JOBS = 20;
const FIRST_SPAN = "day";

export class FailureModel {
  #latest = signal(/** @type {Sample | null} */ (null));

  failure = signal(/** @type {Failure | null} */ (null));
  steps = signal(/** @type {Steps | null} */ (null));
  span = signal(/** @type {SpanName} */ (FIRST_SPAN));
  sample = signal(/** @type {Sample | null} */ (null));
  /** Its jobs, the youngest first, as they were when the page was opened; what becomes of them is shown. */
  jobs = signal(/** @type {JobRow[]} */ ([]));
  /** How many of its jobs are failed still: the others were retried, or deleted. */
  left = signal(/** @type {number | null} */ (null));
  isCapped = signal(false);
  isLoaded = signal(false);
  hasLater = computed(() => this.#latest.value?.finish_ms !== this.sample.value?.finish_ms);

  /**
   * @param {import("../../views/frame/frame.js").Frame} frame
   * @param {string} fingerprint
   */
  constructor(frame, fingerprint) {
    this.frame = frame;
    this.fingerprint = fingerprint;
    this.followAddress();
    this.poll = frame.live.poll(() => this.#load(), EVERY_MS);
  }

  /** Shows what the address says. */
  followAddress() {
    this.span.value = spanNamed(new URLSearchParams(location.search).get("span"), FIRST_SPAN);
    this.poll?.refresh();
  }

  /** @param {SpanName} span */
  choose(span) {
    history.pushState(null, "", `${location.pathname}?${new URLSearchParams({ span })}`);
    this.followAddress();
  }

  /** Shows the last failure, and the jobs as they are now. */
  showLater() {
    this.sample.value = this.#latest.peek();
    this.jobs.value = [];
    this.poll.refresh();
  }

  async #load() {
    const span = this.span.peek();
    const { ms, stepS } = SPANS[span];
    const until = this.frame.live.now.peek();
    const { api } = this.frame;
    const [told, jobs, counts] = await Promise.all([
      this.#ask({ since: until - ms, step: stepS }),
      api.get("/jobs", { fingerprint: this.fingerprint, limit: SHOWN_JOBS }),
      api.get("/counts", { fingerprint: this.fingerprint }),
    ]);
    if (span !== this.span.peek()) return;
    together(() => {
      this.isLoaded.value = true;
      this.left.value = counts.counts.failed ?? 0;
      this.isCapped.value = counts.capped.includes("failed");
      if (told === null) return;
      this.failure.value = told.failure;
      this.steps.value = stepsOf(until - ms, until, told.step_ms);
      this.#latest.value = told.sample && { ...told.sample, job_id: told.failure.last_job_id };
      this.sample.value ??= this.#latest.value;
      this.jobs.value = inPlace(this.jobs.value, jobs.jobs);
    });
  }

  /**
   * @param {import("../../core/client.js").Query} query
   * @returns {Promise<{failure: Failure, sample: Sample | null, step_ms: number} | null>} null for what there is not
   */
  async #ask(query) {
    try {
      return await this.frame.api.get(`/failures/${part(this.fingerprint)}`, query);
    } catch (error) {
      if (/** @type {import("../../core/api.js").ApiError} */ (error).status === 404) return null;
      throw error;
    }
  }
}

/**
 * @param {JobRow[]} shown
 * @param {JobRow[]} incoming
 * @returns {JobRow[]} those that are shown, as they are now; at first all that came
 */
function inPlace(shown, incoming) {
  if (shown.length === 0) return incoming;
  const later = new Map(incoming.map((row) => [row.key, row]));
  return shown.map((row) => newerRow(row, later.get(row.key) ?? row));
}
