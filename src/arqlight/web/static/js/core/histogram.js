// @ts-check
/** A histogram's bars, with the empty ones between. Pure functions. */

/** @typedef {{from: number, to: number, count: number}} Bar times in ms */

/**
 * @param {readonly (readonly [number, number, number])[]} buckets from and to ms, and how many; empty ones are left
 *   out, and each ends the same part of a doubling after it begins
 * @returns {Bar[]} without gaps
 */
export function barsOf(buckets) {
  /** @type {Bar[]} */
  const bars = [];
  for (const [from, to, count] of buckets) {
    for (let last = bars.at(-1); last !== undefined && last.to * GAP < from; last = bars.at(-1)) {
      bars.push({ from: last.to, to: last.to * growth(from, to), count: 0 });
    }
    bars.push({ from, to, count });
  }
  return bars;
}

/** Two numbers that are as close as this are the same end of a bucket. */
const GAP = 1.01;

/**
 * @param {number} from
 * @param {number} to
 */
function growth(from, to) {
  return from > 0 ? to / from : 2;
}
