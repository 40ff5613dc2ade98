// @ts-check
/**
 * How a page stays true: it asks the API now and then, and hears the stream in between. One place for pause,
 * hidden tabs, lost connections, and the age of what one sees.
 */

import { computed, effect, signal } from "@preact/signals";
import { ApiError } from "../../core/api.js";
import { Clock } from "../../core/clock.js";
import { openFeed } from "../../core/feed.js";
import { createPoll } from "../../core/poll.js";

/**
 * @typedef {import("../../core/types.js").LogEvent} LogEvent
 * @typedef {import("../../core/types.js").Topic} Topic
 * @typedef {import("../../core/poll.js").Poll} Poll
 * @typedef {"live" | "connecting" | "lost" | "paused"} Standing how fresh the page is
 */

const TICK_MS = 1_000;

export class Live {
  #clock = new Clock();
  /** @type {Set<Poll>} */
  #polls = new Set();
  #stream = signal(/** @type {import("../../core/types.js").StreamState} */ ("idle"));
  #problem = signal("");
  /** @type {(events: LogEvent[]) => void} */
  #take = () => {};

  /** Why the API refuses what the page asks, in its words; "" if it does not. */
  refusal = signal("");
  /** Whether the reader has stopped live updates. */
  paused = signal(false);
  /** The server's time, once a second; it stands still while paused, or without a connection. */
  now = signal(Date.now());
  /** When the API answered last, by the server's clock; null before. */
  asOf = signal(/** @type {number | null} */ (null));
  standing = computed(() => this.#standing());

  /** @param {{events: string, stream_worker: string}} urls */
  constructor(urls) {
    this.feed = openFeed(urls, {
      onEvents: (events) => this.#heard(events),
      onReset: () => this.refresh(),
      onState: (state) => this.#setStream(state),
    });
    effect(() => {
      if (!this.paused.value) this.refresh();
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && !this.paused.peek()) this.refresh();
    });
    setInterval(() => this.#tick(), TICK_MS);
  }

  /**
   * Asks at once, and from then on now and then: not while paused or hidden.
   *
   * @param {() => Promise<void>} work asks and shows the answer; what it throws is shown as a lost connection
   * @param {number | (() => number)} everyMs
   * @returns {Poll}
   */
  poll(work, everyMs) {
    const poll = createPoll(work, {
      everyMs,
      mayAsk: () => !document.hidden && !this.paused.peek(),
      onAnswer: () => {
        this.#problem.value = "";
        this.refusal.value = "";
        this.asOf.value = this.#clock.now();
        this.#tick();
      },
      onProblem: (error) => {
        const isRefused = error instanceof ApiError && !error.isPassing;
        (isRefused ? this.refusal : this.#problem).value = error.message;
      },
    });
    const entry = { refresh: poll.refresh, stop: () => void (poll.stop(), this.#polls.delete(entry)) };
    this.#polls.add(entry);
    return entry;
  }

  /** Asks everything anew. */
  refresh() {
    for (const poll of this.#polls) poll.refresh();
  }

  /**
   * Says what the stream is to tell from now on, in place of what it told before.
   *
   * @param {Topic[]} topics
   * @param {string} after the event id that the page is true at
   * @param {(events: LogEvent[]) => void} take
   */
  follow(topics, after, take) {
    this.#take = take;
    this.feed.watch(topics.map((topic) => ({ ...topic, after })), []);
  }

  /** @param {LogEvent[]} events */
  #heard(events) {
    for (const event of events) if (event.at_ms !== undefined) this.#clock.observe(event.at_ms);
    if (!this.paused.peek()) this.#take(events);
  }

  /** @param {import("../../core/types.js").StreamState} state */
  #setStream(state) {
    const isBack = state === "open" && this.#stream.peek() === "lost";
    this.#stream.value = state;
    if (isBack && !this.paused.peek()) this.refresh();
  }

  #tick() {
    if (this.standing.peek() === "live") this.now.value = this.#clock.now();
  }

  /** @returns {Standing} */
  #standing() {
    if (this.paused.value) return "paused";
    if (this.#problem.value !== "" || this.#stream.value === "lost") return "lost";
    return this.asOf.value === null ? "connecting" : "live";
  }
}
