// @ts-check
/** Numbers, times and values as people read them. Pure functions. */

/** Between a number and its unit, where a line must not break. */
const NB = "\u00a0";
/** The longest result that a row shows; the whole of it is there on demand. */
export const ROW_LENGTH = 160;
/** The longest text that the page shows at all; the job's own address has the rest. */
export const PAGE_LENGTH = 200_000;

/**
 * @param {number | null} ms
 * @returns {string} such as "85 ms", "3.2 s", "42 s", "1 min 05 s", "2 h 03 min"; "" for null
 */
export function duration(ms) {
  if (ms === null || !Number.isFinite(ms)) return "";
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1000) return `${whole}${NB}ms`;
  if (whole < 9_950) return `${(whole / 1000).toFixed(1)}${NB}s`;
  return wholeSeconds(whole);
}

/**
 * @param {number} ms
 * @returns {string} the same without parts of a second, for times that go on and for estimates
 */
export function wholeSeconds(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}${NB}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}${NB}min${NB}${pad(seconds % 60)}${NB}s`;
  return `${Math.floor(minutes / 60)}${NB}h${NB}${pad(minutes % 60)}${NB}min`;
}

/**
 * @param {number} ms
 * @returns {string} the same in one unit, for how long ago something was: "12 s", "5 min", "3 h", "2 d"
 */
export function age(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}${NB}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}${NB}min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}${NB}h` : `${Math.floor(seconds / 86_400)}${NB}d`;
}

/**
 * @param {number} ms a round one
 * @returns {string} the same as short as the scale of a chart has it: "200 ms", "2.5 s", "5 min", "2 h"
 */
export function axisDuration(ms) {
  const units = /** @type {const} */ ([["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1_000]]);
  for (const [unit, length] of units) if (ms >= length) return `${Number((ms / length).toFixed(1))}${NB}${unit}`;
  return `${ms}${NB}ms`;
}

/**
 * @param {number} number
 * @returns {string}
 */
function pad(number) {
  return String(number).padStart(2, "0");
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/**
 * @param {number} ms
 * @param {number} now
 * @returns {string} the local time of day, with the date when that is more than half a day away
 */
export function timeOfDay(ms, now) {
  return (Math.abs(now - ms) < 43_200_000 ? clock : dayAndClock).format(ms);
}

/**
 * @param {number} number of bytes
 * @returns {string} such as "85 kB", "12 MB", "1.4 GB"
 */
export function bytes(number) {
  if (number < 1e6) return `${Math.round(number / 1e3)}${NB}kB`;
  return number < 1e9 ? `${Math.round(number / 1e6)}${NB}MB` : `${(number / 1e9).toFixed(1)}${NB}GB`;
}

/**
 * @param {number} number
 * @param {string} noun
 * @returns {string} "1 job", "12 jobs"
 */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/**
 * @param {unknown} value any JSON
 * @returns {string} compact JSON, but a text as it is
 */
export function compact(value) {
  const part = partOf(value);
  if (part) return part.head === null ? `(${part.why})` : `${part.head}…`;
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/**
 * @param {unknown} value any JSON
 * @returns {string} JSON over several lines, but a text as it is
 */
export function pretty(value) {
  const part = partOf(value);
  if (part) return part.head ?? `(${part.why})`;
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}

/**
 * @param {unknown} value any JSON; the server puts something else in the place of what is too long, or unreadable
 * @returns {{why: string, head: string | null} | null} what is there of it, null if it is whole
 */
export function partOf(value) {
  if (typeof value !== "object" || value === null) return null;
  const { $truncated, $unreadable, head = null } = /** @type {Record<string, unknown>} */ (value);
  const why = $truncated ?? $unreadable;
  const isPart = typeof why === "string" && Object.keys(value).length === (head === null ? 1 : 2);
  return isPart ? { why, head: typeof head === "string" ? head : null } : null;
}

/**
 * @param {string} text
 * @param {number} length
 * @returns {{text: string, cut: boolean}} its beginning, `length` characters at most
 */
export function cut(text, length) {
  return text.length <= length ? { text, cut: false } : { text: text.slice(0, length - 1).trimEnd() + "…", cut: true };
}

/**
 * @param {string | null} name
 * @param {unknown[]} args
 * @param {Record<string, unknown>} kwargs
 * @returns {string} a call as one writes it in Python, with JSON for values
 */
export function call(name, args, kwargs) {
  const named = Object.entries(kwargs).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `${name ?? "?"}(${[...args.map((value) => JSON.stringify(value)), ...named].join(", ")})`;
}
