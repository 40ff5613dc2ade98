// @ts-check
/** Figures over time as charts draw them: each step has a place, also those in which nothing happened. Pure functions. */

const MINUTE_S = 60;
const HOUR_MS = 3_600_000;

/**
 * @typedef {keyof typeof SPANS} SpanName
 * @typedef {{from: number, count: number, stepMs: number}} Steps where the first step begins, how many there are, how long each is
 */

/** The spans of time that charts show, and how long a step of each is; of small charts, `wideStepS`. */
export const SPANS = {
  hour: { word: "Hour", ms: HOUR_MS, stepS: MINUTE_S, wideStepS: 2 * MINUTE_S },
  day: { word: "Day", ms: 24 * HOUR_MS, stepS: 10 * MINUTE_S, wideStepS: 60 * MINUTE_S },
  week: { word: "Week", ms: 7 * 24 * HOUR_MS, stepS: 60 * MINUTE_S, wideStepS: 360 * MINUTE_S },
};

/**
 * @param {string | null} name as an address has it
 * @param {SpanName} otherwise
 * @returns {SpanName}
 */
export function spanNamed(name, otherwise) {
  return name !== null && Object.hasOwn(SPANS, name) ? /** @type {SpanName} */ (name) : otherwise;
}

/**
 * @param {number} since
 * @param {number} until
 * @param {number} stepMs
 * @returns {Steps} whole steps, as the server cuts them, the last with `until` in it
 */
export function stepsOf(since, until, stepMs) {
  const from = Math.floor(since / stepMs) * stepMs;
  return { from, count: Math.max(1, Math.ceil((until - from) / stepMs)), stepMs };
}

/**
 * @template T, E
 * @param {readonly T[]} points
 * @param {Steps} steps
 * @param {(point: T) => number} timeOf
 * @param {E} empty what stands where there is no point
 * @returns {(T | E)[]} one for each step
 */
export function placed(points, { from, count, stepMs }, timeOf, empty) {
  /** @type {(T | E)[]} */
  const all = Array(count).fill(empty);
  for (const point of points) {
    const at = Math.floor((timeOf(point) - from) / stepMs);
    if (at >= 0 && at < count) all[at] = point;
  }
  return all;
}

/**
 * @param {readonly (readonly [number, number])[]} points times and counts
 * @param {Steps} steps
 * @returns {number[]} how many in each step
 */
export function countsIn(points, steps) {
  return placed(points, steps, ([at]) => at, null).map((point) => point?.[1] ?? 0);
}

/**
 * @param {readonly (readonly number[])[]} layers
 * @returns {number[][]} each with those before it added
 */
export function stacked(layers) {
  /** @type {number[][]} */
  const sums = [];
  for (const layer of layers) {
    const below = sums.at(-1);
    sums.push(layer.map((value, index) => value + (below?.[index] ?? 0)));
  }
  return sums;
}
