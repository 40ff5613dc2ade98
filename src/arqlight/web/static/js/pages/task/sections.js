// @ts-check
/** The table's rows: under each batch its jobs, those that went wrong first. Pure functions. */

import { isFinal, kindOf } from "../../core/summary.js";
import { topicKey } from "../../core/topics.js";

/**
 * @typedef {import("../../core/types.js").Jobs} Jobs
 * @typedef {import("../../core/address.js").View} View
 * @typedef {import("./model.js").ShownTopic} ShownTopic
 *
 * @typedef {object} Section
 * @property {string} key the topic's
 * @property {ShownTopic} topic
 * @property {string[]} ids
 */

/** @type {ReadonlySet<string>} */
const BAD = new Set(["failed", "expired"]);

/**
 * @param {readonly ShownTopic[]} topics
 * @param {Jobs} jobs
 * @param {View} view
 * @returns {Section[]} those that have rows; a job that several name is under the first of them
 */
export function sectionsOf(topics, jobs, view) {
  /** @type {Set<string>} */
  const seen = new Set();
  const sections = topics.map((topic) => {
    const fresh = topic.job_ids.filter((id) => !seen.has(id));
    for (const id of fresh) seen.add(id);
    return { key: topicKey(topic), topic, ids: badFirst(fresh, jobs).filter((id) => isWanted(id, jobs, view)) };
  });
  return sections.filter(({ ids }) => ids.length > 0);
}

/**
 * @param {string[]} ids
 * @param {Jobs} jobs
 * @returns {string[]}
 */
function badFirst(ids, jobs) {
  const isBad = (/** @type {string} */ id) => BAD.has(jobs.get(id)?.outcome ?? "");
  const bad = ids.filter(isBad);
  return bad.length ? [...bad, ...ids.filter((id) => !isBad(id))] : ids;
}

/**
 * @param {string} id
 * @param {Jobs} jobs
 * @param {View} view
 */
function isWanted(id, jobs, { show, hidesDone }) {
  const job = jobs.get(id);
  if (!job) return false;
  if (show !== "all") return kindOf(job) === show;
  return !hidesDone || !isFinal(job);
}
