// @ts-check
/** What is known of one function, as signals. */

import { batch as together, signal } from "@preact/signals";
import { part, queryOf } from "../../core/client.js";
import { steady } from "../../core/steady.js";

/**
 * @typedef {import("../../core/job-rows.js").JobRow} JobRow
 * @typedef {import("../../core/functions.js").FunctionDetail} FunctionDetail
 * @typedef {{fingerprint: string, type: string, where: string, message: string, last_ms: number, count: number}} Failure
 */

const EVERY_MS = 4_000;
const LATEST = 10;
const MOST_FAILURES = 5;

export class FunctionModel {
  detail = signal(/** @type {FunctionDetail | null} */ (null));
  jobs = signal(/** @type {JobRow[]} */ ([]));
  failures = signal(/** @type {Failure[]} */ ([]));
  isLoaded = signal(false);

  /**
   * @param {import("../../views/frame/frame.js").Frame} frame
   * @param {string} name
   */
  constructor(frame, name) {
    this.frame = frame;
    this.name = name;
    this.poll = frame.live.poll(() => this.#load(), EVERY_MS);
  }

  async #load() {
    const { api } = this.frame;
    const detail = await this.#detail();
    if (detail === null) {
      this.isLoaded.value = true;
      return;
    }
    const [{ jobs }, { failures }] = await Promise.all([
      api.get("/jobs", queryOf({ function: this.name, limit: LATEST })),
      api.get("/failures", queryOf({ function: this.name, limit: MOST_FAILURES })),
    ]);
    together(() => {
      this.detail.value = detail;
      // The latest jobs, each still the same row while it says the same.
      const known = new Map(this.jobs.peek().map((row) => [row.key, row]));
      this.jobs.value = jobs.map((/** @type {JobRow} */ row) => steady([known.get(row.key) ?? row], [row], ({ key }) => key)[0]);
      this.failures.value = failures;
      this.isLoaded.value = true;
    });
  }

  /** @returns {Promise<FunctionDetail | null>} null if there is no such function */
  async #detail() {
    try {
      return await this.frame.api.get(`/functions/${part(this.name)}`);
    } catch (error) {
      if (/** @type {import("../../core/api.js").ApiError} */ (error).status === 404) return null;
      throw error;
    }
  }
}
