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

/** How often it is asked whether the session is over, while the stream is lost. */
const ASK_AGAIN_MS = 3_000;

/**
 * @param {{events: string, stream_worker: string}} urls
 * @param {Reader} reader
 * @returns {ReturnType<typeof openStream>}
 */
export function openFeed(urls, { onEvents, onReset, onState }) {
  /** @type {LogEvent[]} */
  let arrived = [];
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let asking = undefined;
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
        clearInterval(asking);
        if (state === "lost") {
          // A refused stream does not tell why, and the server may be away just now.
          void checkSession();
          asking = setInterval(checkSession, ASK_AGAIN_MS);
        }
        onState(state);
      },
    },
  );
}
