// @ts-check
/** One job's row: rendered again only when its job changes. What goes on by the clock are texts of their own. */

import { useComputed } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { addressOf } from "../../core/address.js";
import { compact, cut, partOf, ROW_LENGTH } from "../../core/format.js";
import { html } from "../../core/html.js";
import { isFinal, kindOf } from "../../core/summary.js";
import { errorText, hasTraceback, progressText, ran, remark, waited } from "../../core/words.js";
import { State } from "../../views/state.js";
import { Detail } from "./detail.js";

/**
 * @typedef {import("../../core/types.js").JobView} JobView
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./actions.js").Actions} Actions
 * @typedef {{model: Model, actions: Actions}} Shared
 * @typedef {{isOpen: boolean, toggle: () => void, detailId: string}} Disclosing
 */

/** The table's columns: the class of each, and its heading. */
export const COLUMNS = /** @type {const} */ ([
  ["job-id", "Job Id"],
  ["job-status", "Status"],
  ["job-result", "Result"],
  ["job-progress", "Progress"],
  ["job-try", "Try"],
  ["job-waited", "Waited"],
  ["job-ran", "Ran"],
  ["job-actions", "Actions"],
]);

/** @param {Shared & {id: string}} props */
export function Row({ id, model, actions }) {
  const job = model.job(id);
  const isOpen = useComputed(() => model.open.value.has(id)).value;
  const disclosing = { isOpen, toggle: () => model.toggle(id), detailId: `detail-${actions.numberOf(id)}` };
  return html`
    <tr role="row" class="job" data-kind=${kindOf(job)} data-status=${job.status}>
      <td role="cell" class="job-id"><a href=${addressOf(actions.page, [{ kind: "job", id }])} title=${id}>${id}</a></td>
      <td role="cell" class="job-status"><${State} job=${job} /> <${Remark} job=${job} model=${model} /></td>
      <td role="cell" class="job-result"><${Result} job=${job} ...${disclosing} /></td>
      <td role="cell" class="job-progress"><${Bar} job=${job} /></td>
      <td role="cell" class="job-try" data-label="Try">${job.job_try || ""}</td>
      <td role="cell" class="job-waited" data-label="Waited"><${Clock} read=${waited} job=${job} model=${model} /></td>
      <td role="cell" class="job-ran" data-label="Ran"><${Clock} read=${ran} job=${job} model=${model} /></td>
      <td role="cell" class="job-actions"><${Buttons} job=${job} actions=${actions} ...${disclosing} /></td>
    </tr>
    ${isOpen &&
    html`<${Detail} id=${disclosing.detailId} job=${job} now=${model.now.peek()} actions=${actions} columns=${COLUMNS.length} />`}
  `;
}

/**
 * A text that the time changes: only the text is written, and only when it is another one.
 *
 * @param {{read: (job: JobView, now: number) => string, job: JobView, model: Model}} props
 */
function Clock({ read, job, model }) {
  return isFinal(job) ? read(job, 0) : html`<${Ticking} read=${read} job=${job} model=${model} />`;
}

/** @param {{read: (job: JobView, now: number) => string, job: JobView, model: Model}} props */
function Ticking({ read, job, model }) {
  const latest = useRef(job);
  latest.current = job;
  return html`${useComputed(() => read(model.job(latest.current.job_id), model.now.value))}`;
}

/** @param {{job: JobView, model: Model}} props */
function Remark({ job, model }) {
  const said = useComputed(() => model.said.value.get(job.job_id) ?? "").value;
  if (said) return html`<span class="remark said">${said}</span>`;
  return html`<span class="remark"><${Clock} read=${remark} job=${job} model=${model} /></span>`;
}

/** @param {{job: JobView} & Disclosing} props */
function Result({ job, isOpen, toggle, detailId }) {
  const { text, isCut } = resultText(job);
  const [more, less] = job.error && hasTraceback(job.error) && job.outcome === "failed" ? TRACEBACK : isCut ? WHOLE : NONE;
  return html`
    <span class=${job.error ? "error" : "value"}>${text}</span>
    ${more &&
    html` <button type="button" class="inline" aria-expanded=${String(isOpen)} aria-controls=${detailId} onClick=${toggle}>
      ${isOpen ? less : more}
    </button>`}
  `;
}

const TRACEBACK = ["Traceback", "Hide traceback"];
const WHOLE = ["Show all", "Show less"];
const NONE = ["", ""];

/**
 * @param {JobView} job
 * @returns {{text: string, isCut: boolean}}
 */
function resultText(job) {
  if (job.error && (job.outcome === "failed" || waitsAfterError(job))) {
    const { text, cut: isCut } = cut(errorText(job.error), ROW_LENGTH);
    return { text, isCut };
  }
  if (job.outcome !== "succeeded") return { text: job.unreadable ?? "", isCut: false };
  if (job.result_omitted) return { text: "…", isCut: true };
  const { text, cut: isCut } = cut(compact(job.result), ROW_LENGTH);
  return { text, isCut: isCut || Boolean(partOf(job.result)?.head) };
}

/**
 * @param {JobView} job
 * @returns {boolean} whether it waits for another try after an error, and not because it asked for one
 */
function waitsAfterError(job) {
  return (job.status === "queued" || job.status === "deferred") && job.error?.type !== "arq.worker.Retry";
}

/** @param {{job: JobView}} props */
function Bar({ job }) {
  if (job.status !== "in_progress") return null;
  const label = `Progress of job ${job.job_id}`;
  const text = progressText(job);
  return html`
    <div class="bar">
      <progress aria-label=${label} max="1" value=${job.progress ? (job.progress.fraction ?? undefined) : 0}></progress>
      <span class="progress-text" title=${job.progress?.message ?? undefined}>${text}</span>
    </div>
  `;
}

/** @param {{job: JobView, actions: Actions} & Disclosing} props */
function Buttons({ job, actions, isOpen, toggle, detailId }) {
  const abortRef = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const detailRef = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const [isAborting, setAborting] = useState(false);
  const canAbort = !isFinal(job);
  // The focus must not get lost with the button when the job ends.
  const losesFocus = !canAbort && abortRef.current !== null && document.activeElement === abortRef.current;
  useLayoutEffect(() => {
    if (losesFocus) detailRef.current?.focus();
  });
  const abort = async () => {
    setAborting(true);
    await actions.abort(job.job_id);
    setAborting(false);
  };
  return html`
    ${canAbort &&
    html`<button type="button" class="quiet abort" ref=${abortRef} aria-disabled=${String(isAborting)}
      aria-label=${`Abort job ${job.job_id}`} onClick=${isAborting ? undefined : abort}>
      ${isAborting ? "Aborting…" : "Abort"}
    </button>`}
    <button type="button" class="quiet disclose" ref=${detailRef} aria-expanded=${String(isOpen)} aria-controls=${detailId}
      aria-label=${`Details of job ${job.job_id}`} title="Details" onClick=${toggle}></button>
  `;
}
