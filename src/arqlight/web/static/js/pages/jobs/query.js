// @ts-check
/** Which jobs the address names: the API's own names of filters, and the order and page. */

import { queryOf } from "../../core/client.js";

/** @typedef {{filters: Record<string, string[]>, sort: string, cursor: string | null}} JobsQuery */

export const STATE_FILTERS = ["status", "outcome"];
/** Filters of which a list may have several values. */
export const REPEATABLE = [...STATE_FILTERS, "function", "queue", "worker", "error_type", "job_id"];
/** The others. */
export const SINGLE = ["batch", "fingerprint", "error", "q", "since", "until", "min_run", "max_run", "min_wait", "max_wait"];
export const FIRST_SORT = "age";

/**
 * @param {string} search the part of an address from its question mark
 * @returns {JobsQuery} names that the API does not have are left out
 */
export function ofAddress(search) {
  const query = new URLSearchParams(search);
  /** @type {Record<string, string[]>} */
  const filters = {};
  for (const name of [...REPEATABLE, ...SINGLE]) {
    const values = [...new Set(query.getAll(name).filter((value) => value !== ""))];
    if (values.length > 0) filters[name] = REPEATABLE.includes(name) ? values : values.slice(-1);
  }
  return { filters, sort: query.get("sort") ?? FIRST_SORT, cursor: query.get("cursor") };
}

/**
 * @param {JobsQuery} query
 * @returns {string} with its question mark, or ""
 */
export function toAddress({ filters, sort, cursor }) {
  const text = String(queryOf({ ...filters, sort: sort === FIRST_SORT ? "" : sort, cursor }));
  return text && `?${text}`;
}

/**
 * @param {JobsQuery["filters"]} filters
 * @returns {JobsQuery["filters"]}
 */
export function withoutStates(filters) {
  return Object.fromEntries(Object.entries(filters).filter(([name]) => !STATE_FILTERS.includes(name)));
}

/**
 * @param {JobsQuery["filters"]} filters
 * @returns {Record<string, string | string[]>} as the body of a request has them: those of one value without a list
 */
export function toBody(filters) {
  return Object.fromEntries(Object.entries(filters).map(([name, values]) => [name, REPEATABLE.includes(name) ? values : (values[0] ?? "")]));
}
