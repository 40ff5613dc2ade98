// @ts-check
/** What the task page's address names, `?batch=a&batch=b&job=x`, in the order in which they are shown. */

import { topicKey } from "./topics.js";

/** @typedef {import("./types.js").Topic} Topic */

/**
 * @param {string} query the part of an address from its question mark
 * @returns {Topic[]} each once
 */
export function parseAddress(query) {
  /** @type {Map<string, Topic>} */
  const topics = new Map();
  for (const [kind, id] of new URLSearchParams(query)) {
    if ((kind === "batch" || kind === "job") && id !== "") topics.set(topicKey({ kind, id }), { kind, id });
  }
  return [...topics.values()];
}

/**
 * @param {string} page the page's own address
 * @param {Topic[]} topics
 * @returns {string}
 */
export function addressOf(page, topics) {
  const query = new URLSearchParams(topics.map(({ kind, id }) => [kind, id]));
  return topics.length ? `${page}?${query}` : page;
}
