// @ts-check
/** Actions on many jobs: resources of the API that are polled until they are done. */

/**
 * @typedef {"retry" | "abort" | "delete" | "run_now"} BulkAction
 *
 * @typedef {object} Action as the API has it
 * @property {string} action_id
 * @property {BulkAction} action
 * @property {"running" | "done" | "stopped" | "failed"} state
 * @property {number} total
 * @property {number} done
 * @property {Record<string, number>} answers how many jobs each answer was given for
 * @property {{job_id: string, answer: string}[]} problems some of those for which it did not work
 * @property {string | null} error why it failed midway
 */

const EVERY_MS = 400;

/**
 * @param {import("./client.js").Client} api
 * @param {{action: BulkAction, job_ids?: string[], filter?: Record<string, string[] | string>}} wanted
 * @param {(action: Action) => void} onProgress
 * @returns {Promise<Action>} as it ended
 */
export async function act(api, wanted, onProgress) {
  let action = /** @type {Action} */ (await api.post("/actions", wanted));
  for (;;) {
    onProgress(action);
    if (action.state !== "running") return action;
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    action = await api.get(`/actions/${encodeURIComponent(action.action_id)}`);
  }
}

/** What each action is called before, while and after it is done. */
export const ACTION_WORDS = {
  retry: { word: "Retry", doing: "Retrying", text: "Each of them that is complete is put into its queue again, with the same id and arguments." },
  run_now: { word: "Run now", doing: "Moving up", text: "Those that are deferred become due at once." },
  abort: { word: "Abort", doing: "Aborting", text: "Those that wait will not run; those that run are told to stop." },
  delete: { word: "Delete", doing: "Deleting", text: "Those that are complete, or wait, are forgotten with their results. This cannot be undone." },
};

/**
 * @param {Action} action
 * @returns {string} what came of it, such as "Retry: 12 queued, 1 in_progress."
 */
export function summaryOf({ action, answers, state, done, total, error }) {
  const parts = Object.entries(answers).map(([answer, count]) => `${count} ${answer.replaceAll("_", " ")}`);
  const why = error ? `: ${error}` : "";
  const end = state === "done" ? "" : ` It ended after ${done} of ${total}${why}.`;
  return `${ACTION_WORDS[action].word}: ${parts.join(", ") || "no job matched"}.${end}`;
}
