// @ts-check
/** Durations and times as people type them. Pure functions. */

const UNITS_MS = { ms: 1, s: 1_000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * @param {string} text such as "500 ms", "5s", "1.5 min", "2h", "7d"
 * @returns {number | null} milliseconds, null for what is no duration
 */
export function parseDuration(text) {
  const found = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)$/.exec(text.trim().toLowerCase());
  if (!found) return null;
  return Math.round(Number(found[1]) * UNITS_MS[/** @type {keyof typeof UNITS_MS} */ (found[2])]);
}

/**
 * @param {string} text "1 h" for so long ago, or a date and time, such as "2026-11-25" or "2026-11-25 14:30"
 * @param {number} now
 * @returns {number | null} Unix milliseconds, null for what is no time
 */
export function parseTime(text, now) {
  const ago = parseDuration(text.replace(/\s*ago$/, ""));
  if (ago !== null) return now - ago;
  const found = /^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)?$/.exec(text.trim());
  const ms = found ? new Date(found[0].length === 10 ? `${found[0]}T00:00` : found[0].replace(" ", "T")).getTime() : NaN;
  return Number.isNaN(ms) ? null : ms;
}
