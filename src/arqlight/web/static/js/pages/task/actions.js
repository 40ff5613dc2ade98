// @ts-check
/** What people and the stream can do to the page: start tasks, show, hide, load and abort. */

import { WHOLE_VIEW, addressOf, parseAddress, parseView } from "../../core/address.js";
import { topicKey } from "../../core/topics.js";
import { whyMissing } from "../../core/words.js";
import { ApiError } from "../../core/api.js";
import { applyLoss, applySnapshot, forgetEventIds } from "../../core/store.js";

/**
 * @typedef {import("../../core/types.js").Topic} Topic
 * @typedef {import("../../core/types.js").Job} Job
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("../../core/api.js").Api} Api
 *
 * @typedef {object} Tools
 * @property {Model} model
 * @property {Api} api
 * @property {string} page the page's own address
 * @property {() => void} watch makes the stream follow what is shown
 * @property {(text: string) => void} announce
 */

const LONGEST_PAUSE_MS = 5_000;
const FIRST_PAUSE_MS = 250;

export class Actions {
  /** @type {Map<string, number>} */
  #numbers = new Map();

  /** @param {Tools} tools */
  constructor({ model, api, page, watch, announce }) {
    this.model = model;
    this.api = api;
    this.page = page;
    this.watch = watch;
    this.announce = announce;
    this.valuesUrl = api.valuesUrl;
  }

  /**
   * @param {string} id
   * @returns {number} stands for the job in element ids, which job ids are not fit for
   */
  numberOf(id) {
    const number = this.#numbers.get(id) ?? this.#numbers.size + 1;
    this.#numbers.set(id, number);
    return number;
  }

  /** @param {number} count how many tasks to start */
  async start(count) {
    const batch = await this.api.createTasks(count);
    const topic = { kind: /** @type {const} */ ("batch"), id: batch.batch_id };
    this.#take(batch.jobs, batch.event_id);
    this.model.view.value = WHOLE_VIEW;
    this.model.topics.value = [loaded(topic, batch.jobs, batch.event_id), ...this.model.topics.value];
    history.pushState(null, "", this.#address());
    this.watch();
  }

  /** Shows what the address names, loading what is not there yet. */
  async followAddress() {
    const shown = new Map(this.model.topics.value.map((topic) => [topicKey(topic), topic]));
    const named = parseAddress(location.search);
    this.model.view.value = parseView(location.search);
    this.model.topics.value = named.map((topic) => shown.get(topicKey(topic)) ?? { ...topic, ...NOT_YET });
    this.watch();
    await Promise.all(named.filter((topic) => !shown.has(topicKey(topic))).map((topic) => this.#show(topic)));
  }

  /** Loads everything that is shown anew, since events were lost. */
  async refresh() {
    this.model.setJobs(forgetEventIds(this.model.jobs));
    await Promise.all(this.model.topics.value.map((topic) => this.#show(topic)));
  }

  /** @param {Topic} topic */
  hide(topic) {
    const key = topicKey(topic);
    this.model.topics.value = this.model.topics.value.filter((shown) => topicKey(shown) !== key);
    history.pushState(null, "", this.#address());
    this.watch();
  }

  /** @param {Partial<import("../../core/address.js").View>} change which jobs the table is to show */
  show(change) {
    this.model.view.value = { ...this.model.view.value, ...change };
    history.replaceState(null, "", this.#address());
  }

  #address() {
    return addressOf(this.page, this.model.topics.value, this.model.view.value);
  }

  /**
   * @param {string} id
   * @returns {Promise<string>} why it could not be loaded, or ""
   */
  async load(id) {
    try {
      const { job, event_id } = await this.api.job(id);
      this.#take([job], event_id);
      return "";
    } catch (error) {
      return /** @type {Error} */ (error).message;
    }
  }

  /** @param {string} id */
  async abort(id) {
    try {
      const { answer, job } = await this.api.abort(id);
      this.#take([job], null);
      this.model.say(id, REMARKS[answer]);
      this.announce(ANSWERS[answer]);
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      this.model.say(id, `not aborted: ${message}`);
      this.announce(`The job was not aborted. ${message}`);
    }
  }

  /** @param {Topic} topic */
  async #show(topic) {
    const snapshot = await this.#fetch(topic);
    const shown = this.model.topics.value.find((other) => topicKey(other) === topicKey(topic));
    if (!shown) return;
    if (snapshot instanceof ApiError) return this.#lose(shown, snapshot);
    this.#take(snapshot.jobs, snapshot.event_id);
    this.model.setTopic(topic, loaded(topic, snapshot.jobs, snapshot.event_id));
    this.watch();
  }

  /**
   * @param {import("./model.js").ShownTopic} topic which the server does not know, or not any more, or does not show
   * @param {ApiError} refusal
   */
  #lose(topic, refusal) {
    if (topic.state === "loading") this.model.setTopic(topic, { state: "missing", problem: whyMissing(refusal) });
    else this.model.setJobs(applyLoss(this.model.jobs, topic.job_ids));
  }

  /**
   * Fetches a topic's snapshot, asking again while the server is away.
   *
   * @param {Topic} topic
   * @returns {Promise<import("../../core/types.js").Snapshot | ApiError>} the refusal, where the server gives none
   */
  async #fetch(topic) {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      try {
        if (topic.kind === "batch") return await this.api.batch(topic.id);
        const { job, event_id } = await this.api.job(topic.id);
        return { jobs: [job], event_id };
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (!error.isPassing) return error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /**
   * @param {Job[]} jobs
   * @param {string | null} eventId
   */
  #take(jobs, eventId) {
    this.model.setJobs(applySnapshot(this.model.jobs, jobs, eventId));
  }
}

const NOT_YET = { state: /** @type {const} */ ("loading"), after: "0-0", job_ids: [], problem: "" };

/** @type {Record<import("../../core/vocabulary.js").AbortAnswer, string>} */
const ANSWERS = {
  aborted: "The job was aborted.",
  finished: "The job had already finished.",
  unknown: "There is no such job any more.",
  requested: "The job was asked to stop.",
};

/** What the job's row says, where its state does not. @type {Record<import("../../core/vocabulary.js").AbortAnswer, string>} */
const REMARKS = {
  aborted: "",
  finished: "had ended before it could be aborted",
  unknown: "there is no such job any more",
  requested: "asked to stop",
};

/**
 * @param {Topic} topic
 * @param {Job[]} jobs
 * @param {string} after
 * @returns {import("./model.js").ShownTopic}
 */
function loaded({ kind, id }, jobs, after) {
  return { kind, id, after, state: "ready", problem: "", job_ids: jobs.map((job) => job.job_id) };
}
