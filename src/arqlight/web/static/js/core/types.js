// @ts-check
/**
 * The shapes that the server's JSON has, and the few that the page adds. Types only: there is no code here.
 *
 * @typedef {import("./vocabulary.js").Status} Status
 * @typedef {import("./vocabulary.js").Outcome} Outcome
 * @typedef {import("./vocabulary.js").Kind} Kind
 *
 * @typedef {object} Progress
 * @property {number | null} fraction from 0 to 1
 * @property {number | null} done
 * @property {number | null} total
 * @property {string | null} message
 *
 * @typedef {object} JobError
 * @property {string} type
 * @property {string} message
 * @property {string | null} [traceback]
 *
 * @typedef {object} Job a job as the API returns it; times are Unix milliseconds by the server's clock
 * @property {string} job_id
 * @property {Status} status
 * @property {Outcome | null} outcome
 * @property {string | null} function
 * @property {unknown[]} args
 * @property {Record<string, unknown>} kwargs
 * @property {string} queue
 * @property {string | null} batch_id
 * @property {string | null} owner whose it is
 * @property {number} job_try 0 before the first try
 * @property {number | null} enqueue_ms
 * @property {number | null} due_ms
 * @property {number | null} start_ms
 * @property {number | null} finish_ms
 * @property {Progress | null} progress
 * @property {unknown} result
 * @property {JobError | null} error
 * @property {string | null} worker_id
 * @property {string | null} [unreadable] what of it could not be read, and why
 * @property {string | null} [omitted] why its arguments and result are left out
 *
 * @typedef {"retrying" | "lost" | "released" | "abort_ignored"} Note what last happened to a job, where its status does not say
 *
 * @typedef {object} Seen what the page knows of a job beyond the job itself
 * @property {string | null} event_id the log's id at which this is true
 * @property {Note | null} note
 * @property {boolean} result_omitted the result was too long for its event
 * @property {number | null} [progress_ms] when its last progress was reported, if an event told it
 * @typedef {Job & Seen} JobView
 * @typedef {ReadonlyMap<string, JobView>} Jobs
 *
 * @typedef {object} EventFields what an event may carry besides the fields that each one has
 * @property {string | null} [function]
 * @property {string | null} [batch_id]
 * @property {number} [job_try]
 * @property {number | null} [due_ms]
 * @property {number | null} [start_ms]
 * @property {number | null} [finish_ms]
 * @property {string | null} [worker_id]
 * @property {number | null} [fraction]
 * @property {number | null} [done]
 * @property {number | null} [total]
 * @property {string | null} [message]
 * @property {unknown} [result]
 * @property {boolean} [result_omitted]
 * @property {JobError | null} [error]
 * @property {Job} [job] of a `state` event, which is not in the log and has no id
 * @typedef {{event: string, job_id: string, id?: string, at_ms?: number, queue?: string} & EventFields} LogEvent
 *   `job_id` is empty where an event is about a queue or a worker.
 *
 * @typedef {object} Failure a group of failures as `/api/failures` has it
 * @property {string} fingerprint
 * @property {string} function
 * @property {string} type
 * @property {string} where
 * @property {string} message
 * @property {number} first_ms
 * @property {number} last_ms
 * @property {number} count
 * @property {string | null} last_job_id
 * @property {[number, number][]} series times and counts, over the span that was asked for
 *
 * @typedef {object} Snapshot
 * @property {Job[]} jobs
 * @property {string} event_id
 *
 * @typedef {"batch" | "job" | "queue" | "worker" | "all"} TopicKind
 * @typedef {{kind: TopicKind, id: string}} Topic something to watch; with the kind "all", whose id is empty, everything
 * @typedef {Topic & {after: string}} WatchedTopic `after`: the event id that its snapshot is true at
 * @typedef {"idle" | "connecting" | "open" | "lost"} StreamState
 *
 * @typedef {object} PageData
 * @property {{task: string, job: string, batch: string, events: string, page: string, stream_worker: string}} urls
 * @property {{min: number, max: number}} limits
 * @property {boolean} form whether tasks can be started
 */

export {};
