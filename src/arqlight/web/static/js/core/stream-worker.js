// @ts-check
/**
 * The shared worker: one stream of events for all tabs of one browser that show this page.
 *
 * A browser opens six connections to a host at the most (HTTP/1.1), so ten tabs with a stream each would starve.
 * Each tab tells what it watches, and repeats that now and then; one that says nothing for long is taken for gone.
 */

import { Stream } from "./stream-core.js";
import { concerns, topicKey } from "./topics.js";

/**
 * @typedef {import("./types.js").WatchedTopic} WatchedTopic
 * @typedef {{type: "watch", url: string, topics: WatchedTopic[], jobs: string[]}} WatchMessage
 * @typedef {WatchMessage | {type: "bye"}} FromTab
 * @typedef {{topics: Map<string, WatchedTopic>, jobs: Set<string>, heard: number}} Tab
 */

/** Hidden tabs may be allowed to run once a minute only. */
const SILENCE_MS = 150_000;

/** @type {Map<MessagePort, Tab>} */
const tabs = new Map();
/** @type {Stream | null} */
let stream = null;

/**
 * @param {import("./types.js").LogEvent} event
 */
function passOn(event) {
  for (const [port, tab] of tabs) {
    if (concerns(event, tab.topics, tab.jobs)) port.postMessage({ type: "event", event });
  }
}

/**
 * @param {object} message
 */
function tellAll(message) {
  for (const port of tabs.keys()) port.postMessage(message);
}

/**
 * @param {MessagePort} port
 * @param {WatchMessage} message
 */
function watch(port, message) {
  const known = tabs.get(port);
  const topics = new Map(message.topics.map((topic) => [topicKey(topic), topic]));
  const added = message.topics.filter((topic) => known?.topics.get(topicKey(topic))?.after !== topic.after);
  tabs.set(port, { topics, jobs: new Set(message.jobs), heard: Date.now() });
  stream ??= new Stream(message.url, {
    onEvent: passOn,
    onReset: () => tellAll({ type: "reset" }),
    onState: (state) => tellAll({ type: "state", state }),
  });
  stream.watch(union(), added);
  if (!known) port.postMessage({ type: "state", state: stream.state });
}

/**
 * @param {MessagePort} port
 */
function forget(port) {
  if (tabs.delete(port)) stream?.watch(union(), []);
}

/**
 * @returns {WatchedTopic[]} what any of the tabs watches
 */
function union() {
  return [...new Map([...tabs.values()].flatMap((tab) => [...tab.topics])).values()];
}

function forgetSilent() {
  const oldest = Date.now() - SILENCE_MS;
  for (const [port, tab] of tabs) {
    if (tab.heard < oldest) forget(port);
  }
}

/**
 * @param {MessageEvent} connection
 */
function connected(connection) {
  const port = connection.ports[0];
  if (!port) return;
  port.onmessage = (/** @type {MessageEvent<FromTab>} */ { data }) => {
    if (data.type === "watch") watch(port, data);
    else forget(port);
  };
  port.postMessage({ type: "hello" });
}

/** @type {{onconnect: (connection: MessageEvent) => void}} */ (/** @type {unknown} */ (globalThis)).onconnect = connected;
setInterval(forgetSilent, SILENCE_MS / 5);
