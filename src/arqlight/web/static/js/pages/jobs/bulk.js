// @ts-check
/** What is done to the jobs that are selected: the count first, then how far it is, then what came of it. */

import { signal } from "@preact/signals";
import { ACTION_WORDS, act, summaryOf } from "../../core/bulk.js";
import { count } from "../../core/format.js";
import { html } from "../../core/html.js";
import { toBody } from "./query.js";

/**
 * @typedef {import("./model.js").JobsModel} JobsModel
 * @typedef {import("../../core/bulk.js").BulkAction} BulkAction
 */

const ACTIONS = /** @type {const} */ (["retry", "run_now", "abort", "delete"]);
const numbers = new Intl.NumberFormat();

/** The action that is under way. */
const running = signal(/** @type {import("../../core/bulk.js").Action | null} */ (null));

/** @param {{model: JobsModel}} props */
export function BulkBar({ model }) {
  const { selection } = model;
  if (running.value) return html`<${Progress} model=${model} action=${running.value} />`;
  if (selection.isEmpty.value) return null;
  const rows = model.rows.value ?? [];
  const areAllShown = rows.length > 0 && rows.every((row) => selection.rows.value.has(row.key));
  const mayBeMore = areAllShown && (model.next.value !== null || !model.isFirstPage.value);
  return html`
    <div class="bulk-bar" role="region" aria-label="What to do with the selected jobs">
      <strong>${selectedText(model)}</strong>
      ${mayBeMore && !selection.isAllMatching.value &&
      html`<button type="button" class="inline" onClick=${() => (selection.isAllMatching.value = true)}>Select all that match</button>`}
      ${ACTIONS.map(
        (action) => html`<button key=${action} type="button" class=${`action ${action === "delete" ? "danger" : ""}`}
          onClick=${() => start(model, action)}>${ACTION_WORDS[action].word}…</button>`,
      )}
      <button type="button" class="quiet" onClick=${() => selection.clear()}>Clear the selection</button>
    </div>
  `;
}

/** @param {{model: JobsModel, action: import("../../core/bulk.js").Action}} props */
function Progress({ model, action }) {
  const { api } = model.frame;
  return html`
    <div class="bulk-bar" role="region" aria-label="What is being done">
      <strong>${ACTION_WORDS[action.action].doing}: ${numbers.format(action.done)} of ${numbers.format(action.total)}</strong>
      <progress aria-label="How far it is" max=${Math.max(1, action.total)} value=${action.done}></progress>
      <button type="button" class="action" onClick=${() => void api.delete(`/actions/${encodeURIComponent(action.action_id)}`)}>Stop</button>
    </div>
  `;
}

/** @param {JobsModel} model */
function selectedText(model) {
  const { selection } = model;
  return selection.isAllMatching.value ? `All ${matchingText(model)} that match` : `${selection.rows.value.size} selected`;
}

/**
 * @param {JobsModel} model
 * @returns {string} how many jobs match the filters, states and all
 */
function matchingText(model) {
  const { status = [], outcome = [] } = model.query.value.filters;
  const states = [...status, ...outcome];
  const counts = Object.entries(model.counts.value ?? {}).filter(([state]) => states.length === 0 || states.includes(state));
  const isCapped = counts.some(([state]) => model.capped.value.includes(state));
  return `${numbers.format(counts.reduce((sum, [, one]) => sum + one, 0))}${isCapped ? "+" : ""}`;
}

/**
 * @param {JobsModel} model
 * @param {BulkAction} action
 */
async function start(model, action) {
  const { selection, frame } = model;
  const isAll = selection.isAllMatching.peek();
  const ids = [...new Set([...selection.rows.peek().values()].map((row) => row.job_id))];
  const words = ACTION_WORDS[action];
  const what = isAll ? `all ${matchingText(model)} jobs that match` : count(ids.length, "job");
  const isSure = await frame.ask({ title: `${words.word}: ${what}?`, text: words.text, action: words.word, isDangerous: action === "delete" });
  if (!isSure) return;
  const wanted = isAll ? { action, filter: toBody(model.query.peek().filters) } : { action, job_ids: ids };
  if (action === "delete") model.letGo(isAll ? (model.rows.peek() ?? []).map((row) => row.job_id) : ids);
  try {
    const ended = await act(frame.api, wanted, (now) => (running.value = now));
    const [problem] = ended.problems;
    frame.say(summaryOf(ended) + (problem ? ` For example ${problem.job_id}: ${problem.answer}.` : ""), { isProblem: ended.problems.length > 0 });
    selection.clear();
  } catch (error) {
    frame.say(`${words.word}: ${/** @type {Error} */ (error).message}`, { isProblem: true });
  }
  running.value = null;
  model.poll.refresh();
}
