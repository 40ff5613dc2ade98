// @ts-check
/**
 * What the page shows, as signals: each view renders again when, and only when, what it has read changes.
 *
 * The jobs themselves are made by the reducer (store.js). Each has a signal of its own too, so that an event
 * about one job renders one row.
 */

import { batch as together, computed, signal } from "@preact/signals";
import { topicKey } from "../../core/topics.js";
import { kindOf, summarise } from "../../core/summary.js";

/**
 * @typedef {import("../../core/types.js").Topic} Topic
 * @typedef {import("../../core/types.js").JobView} JobView
 * @typedef {import("../../core/types.js").Jobs} Jobs
 * @typedef {import("../../core/types.js").Kind} Kind
 * @typedef {import("../../core/summary.js").Summary} Summary
 *
 * @typedef {object} Loaded
 * @property {"loading" | "ready" | "missing"} state
 * @property {string} after the event id that its snapshot is true at
 * @property {string[]} job_ids
 * @property {string} problem why there is nothing to show, where there is nothing
 * @typedef {Topic & Loaded} ShownTopic
 */

/** @template T @typedef {import("@preact/signals").Signal<T>} Signal */

export class Model {
  #jobs = signal(/** @type {Jobs} */ (new Map()));
  /** @type {Map<string, Signal<JobView>>} */
  #signals = new Map();
  /** @type {string[]} */
  #lastRows = [];

  /** What the address names, newest first. */
  topics = signal(/** @type {ShownTopic[]} */ ([]));
  connection = signal(/** @type {import("../../core/types.js").StreamState} */ ("idle"));
  /** Which jobs the table shows. */
  filter = signal(/** @type {Kind | "all"} */ ("all"));
  /** The server's time, once a second. */
  now = signal(Date.now());

  /** Each topic's summary, by its key. */
  summaries = computed(() => new Map(this.topics.value.map((topic) => [topicKey(topic), this.#summary(topic.job_ids)])));
  /** The summary of all that is shown. */
  whole = computed(() => this.#whole());
  /** The ids of the table's rows. */
  rows = computed(() => this.#rows());

  /** @returns {Jobs} */
  get jobs() {
    return this.#jobs.peek();
  }

  /** @param {Jobs} jobs what is known now */
  setJobs(jobs) {
    const known = this.jobs;
    together(() => {
      for (const [id, job] of jobs) {
        if (known.get(id) !== job) this.#setJob(id, job);
      }
      this.#jobs.value = jobs;
    });
  }

  /**
   * @param {string} id of a job that is known
   * @returns {JobView} as it is now; the view that reads it renders again when it changes
   */
  job(id) {
    const found = this.#signals.get(id);
    if (!found) throw new Error(`no such job: ${id}`);
    return found.value;
  }

  /**
   * @param {Topic} topic
   * @param {Partial<Loaded>} change
   */
  setTopic(topic, change) {
    const key = topicKey(topic);
    this.topics.value = this.topics.value.map((shown) => (topicKey(shown) === key ? { ...shown, ...change } : shown));
  }

  /**
   * @param {string} id
   * @param {JobView} job
   */
  #setJob(id, job) {
    const known = this.#signals.get(id);
    if (known) known.value = job;
    else this.#signals.set(id, signal(job));
  }

  /** @returns {string[]} the ids of all jobs shown, each once */
  #ids() {
    return [...new Set(this.topics.value.flatMap((topic) => topic.job_ids))];
  }

  /**
   * @param {string[]} ids
   * @returns {JobView[]}
   */
  #known(ids) {
    const jobs = this.#jobs.value;
    return ids.map((id) => jobs.get(id)).filter((job) => job !== undefined);
  }

  /**
   * @param {string[]} ids
   * @returns {Summary}
   */
  #summary(ids) {
    return summarise(this.#known(ids), this.now.value);
  }

  /** @returns {Summary} */
  #whole() {
    const left = [...this.summaries.value.values()].map((summary) => summary.left_ms).filter((ms) => ms !== null);
    return { ...this.#summary(this.#ids()), left_ms: left.length ? Math.max(...left) : null };
  }

  /** @returns {string[]} the same array as before while the rows are the same */
  #rows() {
    const filter = this.filter.value;
    const ids = this.#ids();
    const rows = filter === "all" ? ids : this.#known(ids).filter((job) => kindOf(job) === filter).map((job) => job.job_id);
    const isSame = rows.length === this.#lastRows.length && rows.every((id, index) => id === this.#lastRows[index]);
    if (!isSame) this.#lastRows = rows;
    return this.#lastRows;
  }
}
