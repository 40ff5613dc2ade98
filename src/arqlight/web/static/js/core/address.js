// @ts-check
/** What the task page's address holds: `?batch=a&batch=b&job=x`, in the order in which they are shown, and the view of them. */

import { topicKey } from "./topics.js";
import { KINDS } from "./vocabulary.js";

/**
 * @typedef {import("./types.js").Topic} Topic
 * @typedef {import("./types.js").Kind} Kind
 *
 * @typedef {object} View
 * @property {Kind | "all"} show which jobs the table has
 * @property {boolean} hidesDone whether those to which nothing more will happen are left out
 */

/** @type {View} */
export const WHOLE_VIEW = { show: "all", hidesDone: false };

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
 * @param {string} query the part of an address from its question mark
 * @returns {View}
 */
export function parseView(query) {
  const named = new URLSearchParams(query);
  const show = KINDS.find((kind) => kind === named.get("show")) ?? WHOLE_VIEW.show;
  return { show, hidesDone: named.get("done") === "hidden" };
}

/**
 * @param {string} page the page's own address
 * @param {Topic[]} topics
 * @param {View} [view]
 * @returns {string}
 */
export function addressOf(page, topics, view = WHOLE_VIEW) {
  const query = new URLSearchParams(topics.map(({ kind, id }) => [kind, id]));
  if (view.show !== "all") query.set("show", view.show);
  if (view.hidesDone) query.set("done", "hidden");
  return query.size ? `${page}?${query}` : page;
}
