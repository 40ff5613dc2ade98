// @ts-check
/** Ids of the event log: `milliseconds-sequence`, ordered by their two numbers and not as text. */

/**
 * @param {string} a
 * @param {string} b
 * @returns {number} negative when `a` is earlier than `b`, 0 when they are the same
 */
export function compareIds(a, b) {
  const [aMs = 0, aSequence = 0] = a.split("-").map(Number);
  const [bMs = 0, bSequence = 0] = b.split("-").map(Number);
  return aMs - bMs || aSequence - bSequence;
}

/**
 * @param {Iterable<string | null>} ids
 * @returns {string | null} the earliest of them, or null when there is none
 */
export function earliest(ids) {
  /** @type {string | null} */
  let found = null;
  for (const id of ids) {
    if (id !== null && (found === null || compareIds(id, found) < 0)) found = id;
  }
  return found;
}

/**
 * @param {string | null} a
 * @param {string | null} b
 * @returns {string | null} the later of the two; null counts as earlier than any id
 */
export function later(a, b) {
  if (a === null || b === null) return a ?? b;
  return compareIds(a, b) < 0 ? b : a;
}
