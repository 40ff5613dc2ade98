// @ts-check
/** What the API answers to actions on one job, in sentences. */

/** @typedef {"retry" | "run-now" | "duplicate" | "abort" | "delete"} JobAction */

/** @type {Record<JobAction, Record<string, string>>} */
const SENTENCES = {
  retry: {
    enqueued: "The job is in its queue again.",
    not_finished: "Not retried: the job has not finished yet.",
    unknown: "Not retried: there is no such job any more.",
    no_record: "Not retried: what is left of it does not tell its arguments.",
  },
  "run-now": {
    due_now: "The job is due now: the next free worker takes it.",
    running: "The job is running already.",
    finished: "The job has finished already.",
    unknown: "There is no such job any more.",
  },
  duplicate: { enqueued: "A new job with the same arguments is in the queue." },
  abort: {
    aborted: "The job was aborted.",
    finished: "Not aborted: the job had already finished.",
    unknown: "Not aborted: there is no such job any more.",
    requested: "The job was told to stop, and still runs.",
  },
  delete: {
    deleted: "The job was deleted.",
    running: "Not deleted: the job runs. Abort it first.",
    unknown: "There is no such job any more.",
  },
};

/** The answers that are what one asked for. */
const AS_ASKED = new Set(["enqueued", "due_now", "aborted", "deleted"]);

/**
 * @param {JobAction} action
 * @param {string} answer
 * @returns {{text: string, isAsAsked: boolean}}
 */
export function sentenceOf(action, answer) {
  return { text: SENTENCES[action][answer] ?? `${action}: ${answer}`, isAsAsked: AS_ASKED.has(answer) };
}
