// @ts-check
/** Buttons that do something to all jobs of a filter: the count first, then how far it is, then what came of it. */

import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { ACTION_WORDS, act, summaryOf } from "../core/bulk.js";
import { queryOf } from "../core/client.js";
import { count } from "../core/format.js";
import { html } from "../core/html.js";

/**
 * @typedef {import("../core/bulk.js").BulkAction} BulkAction
 * @typedef {import("../core/bulk.js").Action} Action
 * @typedef {import("./frame/frame.js").Frame} Frame
 * @typedef {Record<string, string[] | string>} Filter as the API takes it
 */

const numbers = new Intl.NumberFormat();

/**
 * @param {object} props
 * @param {Frame} props.frame
 * @param {Filter} props.filter which jobs
 * @param {string} props.noun what one of them is called, such as "failed job"
 * @param {string} props.of what they are of, for screen readers
 * @param {readonly BulkAction[]} props.actions
 * @param {() => void} props.onDone
 */
export function GroupActions({ frame, filter, noun, of, actions, onDone }) {
  const running = useMemo(() => signal(/** @type {Action | null} */ (null)), []);
  const isBusy = running.value !== null;
  const start = async (/** @type {BulkAction} */ action) => {
    if (running.peek()) return;
    await begin(frame, action, filter, noun, (now) => (running.value = now));
    running.value = null;
    onDone();
  };
  return html`
    <span class="group-actions">
      ${actions.map(
        (action) => html`<button key=${action} type="button" class=${`action ${action === "delete" ? "danger" : ""}`} aria-disabled=${String(isBusy)} onClick=${() => start(action)}>
          ${ACTION_WORDS[action].word} all…<span class="unseen"> of ${of}</span></button>`,
      )}
      ${running.value && html`<${Progress} frame=${frame} action=${running.value} />`}
    </span>
  `;
}

/** @param {{frame: Frame, action: Action}} props */
function Progress({ frame, action }) {
  return html`
    <span class="group-progress">
      <span>${ACTION_WORDS[action.action].doing}: ${numbers.format(action.done)} of ${numbers.format(action.total)}</span>
      <progress aria-label="How far it is" max=${Math.max(1, action.total)} value=${action.done}></progress>
      <button type="button" class="action" onClick=${() => void frame.api.delete(`/actions/${encodeURIComponent(action.action_id)}`)}>Stop</button>
    </span>
  `;
}

/**
 * @param {Frame} frame
 * @param {BulkAction} action
 * @param {Filter} filter
 * @param {string} noun
 * @param {(action: Action) => void} onProgress
 */
async function begin(frame, action, filter, noun, onProgress) {
  const { word, text } = ACTION_WORDS[action];
  try {
    const what = await howMany(frame, filter, noun);
    if (what === null) return frame.say(`There is no ${noun} any more.`);
    const isSure = await frame.ask({ title: `${word} ${what}?`, text, action: word, isDangerous: action === "delete" });
    if (!isSure) return;
    const ended = await act(frame.api, { action, filter }, onProgress);
    const [problem] = ended.problems;
    frame.say(summaryOf(ended) + (problem ? ` For example ${problem.job_id}: ${problem.answer}.` : ""), { isProblem: ended.problems.length > 0 });
  } catch (error) {
    frame.say(`${word}: ${/** @type {Error} */ (error).message}`, { isProblem: true });
  }
}

/**
 * @param {Frame} frame
 * @param {Filter} filter
 * @param {string} noun
 * @returns {Promise<string | null>} such as "12 failed jobs", "over 20,000 failed jobs"; null for none
 */
async function howMany({ api }, filter, noun) {
  const { status = [], outcome = [], ...others } = filter;
  const { counts, capped } = await api.get("/counts", queryOf(others));
  const states = [status, outcome].flat();
  const meant = Object.entries(counts).filter(([state]) => states.length === 0 || states.includes(state));
  const total = meant.reduce((sum, [, one]) => sum + one, 0);
  if (total === 0) return null;
  const isCapped = meant.some(([state]) => capped.includes(state));
  return `${isCapped ? "over " : ""}${count(total, noun).replace(String(total), numbers.format(total))}`;
}
