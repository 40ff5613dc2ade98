// @ts-check
/** Lists that change while somebody reads them. Pure functions. */

/**
 * @template Row
 * @param {Row[]} known the rows that are shown
 * @param {Row[]} incoming the rows as they are now
 * @param {(row: Row) => string} keyOf
 * @returns {Row[]} those, known ones in the order they have and new ones after them; each the same object as
 *   before if it says the same, and the list too
 */
export function steady(known, incoming, keyOf) {
  const left = new Map(incoming.map((row) => [keyOf(row), row]));
  const rows = [];
  for (const row of known) {
    const key = keyOf(row);
    const later = left.get(key);
    if (later === undefined) continue;
    left.delete(key);
    rows.push(saysTheSame(row, later) ? row : later);
  }
  rows.push(...left.values());
  return rows.length === known.length && rows.every((row, index) => row === known[index]) ? known : rows;
}

/**
 * @param {unknown} one
 * @param {unknown} other
 */
function saysTheSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
