// @ts-check
/** Times and durations that go on: each reads the clock by itself, so that nothing around it is drawn again. */

import { age, duration, timeOfDay, wholeSeconds } from "../core/format.js";
import { html } from "../core/html.js";

/** @typedef {import("@preact/signals").Signal<number>} Now the server's time, as `frame.live.now` has it */

/** @param {{ms: number | null, now: Now}} props how long ago something was, or in how long it will be; the time itself on hover */
export function Age({ ms, now }) {
  if (ms === null) return null;
  const text = age(Math.abs(now.value - ms));
  return html`<time datetime=${new Date(ms).toISOString()} title=${fullTime(ms)}>${ms > now.value + 500 ? `in ${text}` : text}</time>`;
}

/** @param {{ms: number | null, now: Now}} props a time of day, with the date where that is another one */
export function Time({ ms, now }) {
  if (ms === null) return null;
  return html`<time datetime=${new Date(ms).toISOString()} title=${fullTime(ms)}>${timeOfDay(ms, now.peek())}</time>`;
}

/** @param {{ms: number | null | undefined}} props a duration that is over */
export function Duration({ ms }) {
  return html`${duration(ms ?? null)}`;
}

/** @param {{from: number, now: Now}} props a duration that goes on */
export function Growing({ from, now }) {
  return html`${wholeSeconds(now.value - from)}`;
}

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/**
 * @param {number} ms
 * @returns {string}
 */
function fullTime(ms) {
  return full.format(ms);
}
