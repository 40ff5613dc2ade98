// @ts-check
/** What is typed into the form of a new job, and what becomes of it. */

import { batch as together, computed, signal } from "@preact/signals";
import { part } from "../../core/client.js";
import { fieldsOf, readField, readJson, typedOf } from "../../core/schema.js";
import { readOptions } from "./options.js";

/**
 * @typedef {import("../../core/schema.js").Field} Field
 * @typedef {import("../../views/frame/frame.js").Frame} Frame
 * @typedef {{name: string, queues: string[], workers: number, parameters: import("../../core/schema.js").Schema | null}} Published
 */

/** Arguments that have no field of their own. @type {Field} */
export const MORE_ARGS = { name: "args", kind: "json", isRequired: false, mayBeNull: false, choices: [], schema: { type: "array" } };
/** @type {Field} */
export const MORE_KWARGS = { ...MORE_ARGS, name: "kwargs", schema: { type: "object" } };

/** What the API has in the place of a secret. */
const HIDDEN = "[redacted]";

export class NewJobModel {
  functions = signal(/** @type {Published[] | null} */ (null));
  chosen = signal("");
  /** What is typed, by the names of fields; arguments' begin with `parameter `. */
  typed = signal(/** @type {Record<string, string>} */ ({ times: "1" }));
  problems = signal(/** @type {Record<string, string>} */ ({}));
  refusal = signal("");
  isSending = signal(false);
  published = computed(() => this.functions.value?.find((one) => one.name === this.chosen.value) ?? null);
  fields = computed(() => fieldsOf(this.published.value?.parameters ?? {}));
  /** Whether there may be arguments that have no field. */
  isOpenEnded = computed(() => this.published.value?.parameters?.additionalProperties !== false);

  /** @param {Frame} frame */
  constructor(frame) {
    this.frame = frame;
    this.poll = frame.live.poll(() => this.#load(), 15_000);
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  type(name, text) {
    this.typed.value = { ...this.typed.peek(), [name]: text };
    const { [name]: _, ...others } = this.problems.peek();
    this.problems.value = others;
  }

  /** @param {string} name of a function */
  choose(name) {
    this.chosen.value = name;
    this.problems.value = {};
  }

  async #load() {
    const isFirst = this.functions.peek() === null;
    const { functions } = await this.frame.api.get("/functions");
    const published = functions.filter((/** @type {Published} */ one) => one.workers > 0);
    const origin = isFirst ? await this.#origin() : null;
    together(() => {
      this.functions.value = published;
      if (isFirst) this.chosen.value = origin?.function ?? new URLSearchParams(location.search).get("function") ?? published[0]?.name ?? "";
      if (origin) this.#fill(origin);
    });
  }

  /** @returns {Promise<import("../../core/types.js").Job | null>} the job to begin with */
  async #origin() {
    const id = new URLSearchParams(location.search).get("from");
    if (!id) return null;
    try {
      return (await this.frame.api.get(`/jobs/${part(id)}`)).job;
    } catch (error) {
      this.refusal.value = /** @type {Error} */ (error).message;
      return null;
    }
  }

  /** @param {import("../../core/types.js").Job} job */
  #fill({ args, kwargs, queue }) {
    const fields = this.fields.peek();
    /** @type {Record<string, string>} */
    const typed = { ...this.typed.peek(), queue };
    const left = { ...kwargs };
    fields.forEach((field, index) => {
      const value = index < args.length ? args[index] : kwargs[field.name];
      typed[`parameter ${field.name}`] = typedOf(field, value);
      delete left[field.name];
    });
    if (args.length > fields.length) typed.args = JSON.stringify(args.slice(fields.length), null, 2);
    if (Object.keys(left).length > 0) typed.kwargs = JSON.stringify(left, null, 2);
    this.typed.value = typed;
  }

  /** Enqueues what is typed, and goes to it. */
  async send() {
    const wanted = this.#read();
    if (wanted === null || this.isSending.peek()) return;
    this.isSending.value = true;
    this.refusal.value = "";
    try {
      const { times, queue, job } = wanted;
      const { api, urls } = this.frame;
      if (times === 1) {
        const created = await api.post("/jobs", { ...job, queue });
        location.assign(`${urls.jobs_page}/${part(created.job_id)}`);
      } else {
        const batch = await api.post("/batches", { jobs: Array.from({ length: times }, () => job), queue });
        location.assign(`${urls.jobs_page}?${new URLSearchParams({ batch: batch.batch_id })}`);
      }
    } catch (error) {
      this.refusal.value = /** @type {Error} */ (error).message;
    }
    this.isSending.value = false;
  }

  /** @returns {{times: number, queue: string | undefined, job: Record<string, unknown>} | null} null when something is wrong */
  #read() {
    const typed = this.typed.peek();
    /** @type {Record<string, string>} */
    const problems = {};
    const take = (/** @type {string} */ name, /** @type {import("../../core/schema.js").Read} */ read) => {
      if ("problem" in read) problems[name] = read.problem;
      return "value" in read ? { value: read.value } : null;
    };
    /** @type {Record<string, unknown>} */
    const kwargs = {};
    const args = /** @type {unknown[]} */ (take("args", typed.args ? readJson(typed.args, MORE_ARGS) : { isLeftOut: true })?.value ?? []);
    // What is by position goes before those that have names.
    const byPosition = args.length > 0;
    for (const field of this.fields.peek()) {
      const read = take(`parameter ${field.name}`, readField(field, typed[`parameter ${field.name}`] ?? ""));
      if (read) kwargs[field.name] = read.value;
    }
    Object.assign(kwargs, take("kwargs", typed.kwargs ? readJson(typed.kwargs, MORE_KWARGS) : { isLeftOut: true })?.value ?? {});
    const { times, queue, ...options } = readOptions(typed, problems);
    if (this.chosen.peek().trim() === "") problems.function = "This is needed.";
    for (const [name, text] of Object.entries(typed)) {
      if (text.includes(HIDDEN)) problems[name] ??= "A secret was hidden here: type it anew. To run the job with its own, duplicate or retry it.";
    }
    this.problems.value = problems;
    if (Object.keys(problems).length > 0) return null;
    const named = this.fields.peek().map((field) => field.name);
    const positional = byPosition ? [...named.filter((name) => name in kwargs).map((name) => kwargs[name]), ...args] : [];
    if (byPosition) for (const name of named) delete kwargs[name];
    return { times, queue, job: { function: this.chosen.peek().trim(), args: positional, kwargs, ...options } };
  }
}
