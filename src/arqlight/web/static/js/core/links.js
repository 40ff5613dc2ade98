// @ts-check
/** Addresses of the console's pages. Pure functions. */

import { part, queryOf } from "./client.js";

/** @typedef {{console: string}} Urls what the server has put into the page */

/**
 * @param {Urls} urls
 * @param {string} page the word in its address, such as `queues`
 * @param {import("./client.js").Query} [query]
 * @returns {string}
 */
export function pageUrl(urls, page, query) {
  const text = String(queryOf(query));
  return `${urls.console}/${page}${text && `?${text}`}`;
}

/**
 * @param {Urls} urls
 * @param {string} id
 * @returns {string}
 */
export function jobUrl(urls, id) {
  return pageUrl(urls, `jobs/${part(id)}`);
}

/**
 * @param {Urls} urls
 * @param {string} fingerprint
 * @returns {string}
 */
export function failureUrl(urls, fingerprint) {
  return pageUrl(urls, `failures/${part(fingerprint)}`);
}

/**
 * @param {Urls} urls
 * @param {string} name
 * @returns {string}
 */
export function functionUrl(urls, name) {
  return pageUrl(urls, `functions/${part(name)}`);
}
