// @ts-check
/**
 * The page's end of the stream of events: by the shared worker that all tabs use, or, where there is none, by
 * a connection of its own.
 */

import { Stream } from "./stream-core.js";

/**
 * @typedef {import("./types.js").WatchedTopic} WatchedTopic
 * @typedef {import("./stream-core.js").Receiver} Receiver
 *
 * @typedef {object} Link
 * @property {(topics: WatchedTopic[], jobs: string[]) => void} watch
 * @property {() => void} leave
 */

const HEARTBEAT_MS = 20_000;
/** A worker that cannot start says so at once; this is for browsers that say nothing. */
const HELLO_MS = 10_000;

/**
 * @param {{events: string, worker: string}} urls
 * @param {Receiver} receiver
 * @returns {Pick<Link, "watch">}
 */
export function openStream(urls, receiver) {
  /** @type {WatchedTopic[]} */
  let topics = [];
  /** @type {string[]} */
  let jobs = [];
  const say = () => link.watch(topics, jobs);
  const goAlone = () => {
    link = direct(urls.events, receiver);
    say();
  };
  let link = globalThis.SharedWorker ? shared(urls, receiver, goAlone) : direct(urls.events, receiver);

  setInterval(say, HEARTBEAT_MS);
  addEventListener("pagehide", () => link.leave());
  addEventListener("pageshow", say);
  document.addEventListener("visibilitychange", say);
  return {
    watch(newTopics, newJobs) {
      topics = newTopics;
      jobs = newJobs;
      say();
    },
  };
}

/**
 * @param {string} events
 * @param {Receiver} receiver
 * @returns {Link}
 */
function direct(events, receiver) {
  const stream = new Stream(events, receiver);
  return { watch: (topics) => stream.watch(topics), leave: () => stream.watch([]) };
}

/**
 * @param {{events: string, worker: string}} urls
 * @param {Receiver} receiver
 * @param {() => void} onMissing called once if the worker does not start
 * @returns {Link}
 */
function shared(urls, receiver, onMissing) {
  const worker = new SharedWorker(urls.worker, { type: "module", name: `arqlight ${urls.events}` });
  const { port } = worker;
  const giveUp = () => {
    clearTimeout(timer);
    worker.onerror = null;
    port.onmessage = null;
    port.postMessage({ type: "bye" });
    onMissing();
  };
  const timer = setTimeout(giveUp, HELLO_MS);
  worker.onerror = giveUp;
  port.onmessage = ({ data }) => {
    clearTimeout(timer);
    if (data.type === "event") receiver.onEvent(data.event);
    else if (data.type === "reset") receiver.onReset();
    else if (data.type === "state") receiver.onState(data.state);
  };
  return {
    watch: (topics, jobs) => port.postMessage({ type: "watch", url: urls.events, topics, jobs }),
    leave: () => port.postMessage({ type: "bye" }),
  };
}
