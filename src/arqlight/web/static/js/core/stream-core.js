// @ts-check
/**
 * One stream of events for a set of topics that may change, over one EventSource after the other.
 *
 * It reconnects by itself and goes on after the last event it saw, so that nothing is missed; some events may
 * come twice. Used by the shared worker, and by a page that has none.
 */

import { compareIds, earliest, later } from "./ids.js";
import { topicKey, topicsQuery } from "./topics.js";
import { EVENTS } from "./vocabulary.js";

/**
 * @typedef {import("./types.js").WatchedTopic} WatchedTopic
 * @typedef {import("./types.js").LogEvent} LogEvent
 * @typedef {import("./types.js").StreamState} StreamState
 *
 * @typedef {object} Receiver
 * @property {(event: LogEvent) => void} onEvent
 * @property {() => void} onReset events were lost for good: fresh snapshots are needed
 * @property {(state: StreamState) => void} onState
 */

/** What is passed on; an event of another name, from a newer server, is not heard. */
const PASSED_ON = [...EVENTS, "state"];

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

export class Stream {
  /** @type {EventSource | null} */
  #source = null;
  /** @type {Map<string, WatchedTopic>} */
  #topics = new Map();
  /** Everything up to this id has come. @type {string | null} */
  #seen = null;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  /** @type {StreamState} */
  state = "idle";

  /**
   * @param {string} url the address of the events
   * @param {Receiver} receiver
   */
  constructor(url, receiver) {
    this.url = url;
    this.receiver = receiver;
    globalThis.addEventListener?.("online", () => this.#retryNow());
  }

  /**
   * Says what to watch from now on.
   *
   * @param {WatchedTopic[]} topics all of them
   * @param {WatchedTopic[]} [added] those whose events after their snapshot are still needed; by default the new ones
   */
  watch(topics, added = topics.filter((topic) => !this.#topics.has(topicKey(topic)))) {
    const wanted = new Map(topics.map((topic) => [topicKey(topic), topic]));
    const isSame = wanted.size === this.#topics.size && [...wanted.keys()].every((key) => this.#topics.has(key));
    const from = earliest([this.#seen, ...added.map((topic) => topic.after)]);
    const mustRewind = this.#seen === null || (from !== null && compareIds(from, this.#seen) < 0);
    this.#topics = wanted;
    if (wanted.size === 0) return this.#stop();
    if (isSame && !mustRewind) return;
    this.#seen = from;
    // A pause after a refusal goes on; it ends in a connection for the new topics.
    if (this.#timer === undefined) this.#connect();
  }

  #connect() {
    this.#close();
    const query = topicsQuery(this.#topics.values());
    query.append("after", this.#seen ?? "0-0");
    const source = new EventSource(`${this.url}?${query}`);
    source.onopen = () => this.#opened();
    source.onerror = () => this.#failed();
    for (const type of PASSED_ON) source.addEventListener(type, (message) => this.#receive(message));
    source.addEventListener("reset", (message) => this.#reset(message));
    this.#source = source;
    if (this.state === "idle") this.#setState("connecting");
  }

  #close() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#source?.close();
    this.#source = null;
  }

  #stop() {
    this.#close();
    this.#seen = null;
    this.#failures = 0;
    this.#setState("idle");
  }

  #opened() {
    this.#failures = 0;
    this.#setState("open");
  }

  /** The browser connects again by itself unless it was refused, say by a proxy whose server is away. */
  #failed() {
    this.#setState("lost");
    if (this.#source?.readyState !== EventSource.CLOSED) return;
    this.#source = null;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#connect(), pause * (0.5 + Math.random() / 2));
  }

  /** The network is back: whatever connection there is may be dead without knowing. */
  #retryNow() {
    if (this.#topics.size > 0) this.#connect();
  }

  /** @param {MessageEvent<string>} message */
  #receive(message) {
    /** @type {LogEvent} */
    const event = JSON.parse(message.data);
    if (event.id) this.#seen = later(this.#seen, event.id);
    this.receiver.onEvent(event);
  }

  /** @param {MessageEvent<string>} message */
  #reset(message) {
    this.#seen = JSON.parse(message.data).event_id ?? this.#seen;
    this.receiver.onReset();
  }

  /** @param {StreamState} state */
  #setState(state) {
    if (this.state === state) return;
    this.state = state;
    this.receiver.onState(state);
  }
}
