// @ts-check
/** The JSON API as the console's pages use it: any path of it, with a query that may repeat names. */

import { request } from "./api.js";

/**
 * @typedef {string | number | null | undefined} QueryValue null, undefined and "" are left out
 * @typedef {Record<string, QueryValue | readonly QueryValue[]> | URLSearchParams} Query
 */

/**
 * @param {string} base the address that the paths of the API begin with
 */
export function createClient(base) {
  /**
   * @param {string} path such as `/jobs`; ids in it are encoded by `part`
   * @param {Query} [query]
   */
  const url = (path, query) => {
    const text = String(queryOf(query));
    return base + path + (text && `?${text}`);
  };
  return {
    url,
    /**
     * @param {string} path
     * @param {Query} [query]
     * @returns {Promise<any>}
     */
    get: (path, query) => request(url(path, query)),
    /**
     * @param {string} path
     * @param {unknown} [body]
     * @returns {Promise<any>}
     */
    post: (path, body) => request(url(path), { method: "POST", ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
    /**
     * @param {string} path
     * @returns {Promise<any>}
     */
    delete: (path) => request(url(path), { method: "DELETE" }),
  };
}

/** @typedef {ReturnType<typeof createClient>} Client */

/**
 * @param {string} text an id or a name
 * @returns {string} as a part of a path
 */
export function part(text) {
  return encodeURIComponent(text);
}

/**
 * @param {Query} [query]
 * @returns {URLSearchParams}
 */
export function queryOf(query = {}) {
  if (query instanceof URLSearchParams) return query;
  const result = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) {
    for (const value of Array.isArray(values) ? values : [values]) {
      if (value !== null && value !== undefined && value !== "") result.append(name, String(value));
    }
  }
  return result;
}
