// @ts-check
/**
 * What the page shows, as signals: each view renders again when, and only when, what it has read changes.
 *
 * The jobs themselves are made by the reducer (store.js). Each has a signal of its own too, so that an event
 * about one job renders one row.
 */

import { batch as together, computed, signal } from "@preact/signals";
import { WHOLE_VIEW } from "../../core/address.js";
import { expectedEnds, timeLeft } from "../../core/estimate.js";
import { summarise } from "../../core/summary.js";
import { topicKey } from "../../core/topics.js";
import { sectionsOf } from "./sections.js";

/**
 * @typedef {import("../../core/types.js").Topic} Topic
 * @typedef {import("../../core/types.js").JobView} JobView
 * @typedef {import("../../core/types.js").Jobs} Jobs
 * @typedef {import("../../core/types.js").Kind} Kind
 * @typedef {import("../../core/summary.js").Summary} Summary
 * @typedef {import("./sections.js").Section} Section
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
  /** @type {readonly Section[]} */
  #lastSections = [];

  /** What the address names, newest first. */
  topics = signal(/** @type {ShownTopic[]} */ ([]));
  connection = signal(/** @type {import("../../core/types.js").StreamState} */ ("idle"));
  /** Which jobs the table shows. */
  view = signal(WHOLE_VIEW);
  /** The ids of the jobs whose details are open. */
  open = signal(/** @type {ReadonlySet<string>} */ (new Set()));
  /** What came of the last request about a job, by its id. */
  said = signal(/** @type {ReadonlyMap<string, string>} */ (new Map()));
  /** The server's time, once a second; it stands still while the page is not live. */
  now = signal(Date.now());

  /** When each open job is expected to end. */
  #ends = computed(() => expectedEnds(this.#known(this.#ids.value), this.now.value));
  /** The ids of all jobs shown, each once. */
  #ids = computed(() => [...new Set(this.topics.value.flatMap((topic) => topic.job_ids))]);
  /** Each topic's summary, by its key. */
  summaries = computed(() => new Map(this.topics.value.map((topic) => [topicKey(topic), this.#summary(topic.job_ids)])));
  /** The summary of all that is shown. */
  whole = computed(() => this.#summary(this.#ids.value));
  /** The table's rows, a section for each topic. */
  sections = computed(() => this.#sections());
  /** Whether what is shown may be out of date. */
  isStale = computed(() => this.connection.value === "lost");

  /** @returns {Jobs} */
  get jobs() {
    return this.#jobs.peek();
  }

  /** @param {Jobs} jobs what is known now */
  setJobs(jobs) {
    const known = this.jobs;
    if (jobs === known) return;
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

  /** @param {string} id of the job whose details are to be opened, or closed */
  toggle(id) {
    const open = new Set(this.open.peek());
    if (!open.delete(id)) open.add(id);
    this.open.value = open;
  }

  /**
   * @param {string} id
   * @param {string} text what came of a request about it; "" for nothing that its state does not say
   */
  say(id, text) {
    const said = new Map(this.said.peek());
    if (text) said.set(id, text);
    else said.delete(id);
    this.said.value = said;
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
    return summarise(this.#known(ids), timeLeft(this.#ends.value, ids, this.now.value));
  }

  /** @returns {readonly Section[]} the same array as before while the rows are the same */
  #sections() {
    const sections = sectionsOf(this.topics.value, this.#jobs.value, this.view.value);
    if (!isSame(sections, this.#lastSections)) this.#lastSections = sections;
    return this.#lastSections;
  }
}

/**
 * @param {readonly Section[]} a
 * @param {readonly Section[]} b
 */
function isSame(a, b) {
  return a.length === b.length && a.every((one, index) => one.key === b[index]?.key && isSameList(one.ids, b[index].ids));
}

/**
 * @param {readonly string[]} a
 * @param {readonly string[]} b
 */
function isSameList(a, b) {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
