// @ts-check
/** Events as a page takes them: those of one frame together, final ones at once. */

import { merged } from "./frame.js";
import { checkSession } from "./session.js";
import { openStream } from "./stream.js";
import { FINAL_EVENTS } from "./vocabulary.js";

/**
 * @typedef {import("./types.js").LogEvent} LogEvent
 *
 * @typedef {object} Reader
 * @property {(events: LogEvent[]) => void} onEvents what has come since it was called last, in the order of arrival
 * @property {() => void} onReset events were lost for good: fetch fresh snapshots
 * @property {(state: import("./types.js").StreamState) => void} onState
 */

/**
 * @param {{events: string, stream_worker: string}} urls
 * @param {Reader} reader
 * @returns {ReturnType<typeof openStream>}
 */
export function openFeed(urls, { onEvents, onReset, onState }) {
  /** @type {LogEvent[]} */
  let arrived = [];
  const flushing = merged(() => {
    const events = arrived;
    arrived = [];
    onEvents(events);
  });
  return openStream(
    { events: urls.events, worker: urls.stream_worker },
    {
      onEvent(event) {
        arrived.push(event);
        if (FINAL_EVENTS.has(event.event)) flushing.atOnce();
        else flushing.atFrame();
      },
      onReset,
      onState(state) {
        // A refused stream does not tell why.
        if (state === "lost") void checkSession();
        onState(state);
      },
    },
  );
}
