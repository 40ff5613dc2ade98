// @ts-check
/** What can be watched: a job, a batch, a queue, a worker, or everything. */

/**
 * @typedef {import("./types.js").Topic} Topic
 * @typedef {import("./types.js").LogEvent} LogEvent
 */

/**
 * @param {Topic} topic
 * @returns {string} tells topics apart
 */
export function topicKey(topic) {
  return `${topic.kind}:${topic.id}`;
}

/**
 * @param {Iterable<Topic>} topics
 * @returns {URLSearchParams} what the stream of events takes to send those; it takes nothing for everything
 */
export function topicsQuery(topics) {
  const all = [...topics];
  return new URLSearchParams(all.some(({ kind }) => kind === "all") ? [] : all.map(({ kind, id }) => [kind, id]));
}

/**
 * @param {LogEvent} event
 * @param {ReadonlyMap<string, Topic>} topics by their keys
 * @param {ReadonlySet<string>} jobs the ids of the jobs of their batches
 * @returns {boolean} whether the event is about one of them
 */
export function concerns(event, topics, jobs) {
  const { job_id, queue, worker_id } = event;
  return (
    (job_id !== "" && (jobs.has(job_id) || topics.has(topicKey({ kind: "job", id: job_id })))) ||
    topics.has(topicKey({ kind: "all", id: "" })) ||
    (queue !== undefined && topics.has(topicKey({ kind: "queue", id: queue }))) ||
    (typeof worker_id === "string" && topics.has(topicKey({ kind: "worker", id: worker_id })))
  );
}
