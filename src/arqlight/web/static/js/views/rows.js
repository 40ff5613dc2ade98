// @ts-check
/** The table's rows: one per job, each rendered again only when its own job changes. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { addressOf } from "../core/address.js";
import { compact, cut, partOf, ROW_LENGTH } from "../core/format.js";
import { isFinal, kindOf } from "../core/summary.js";
import { errorText, progressText, ran, remark, waited } from "../core/words.js";
import { Detail } from "./detail.js";
import { html } from "../core/html.js";

/**
 * @typedef {import("../core/types.js").JobView} JobView
 * @typedef {import("../pages/task/model.js").Model} Model
 * @typedef {import("../pages/task/actions.js").Actions} Actions
 * @typedef {{model: Model, actions: Actions}} Shared
 */

/** How many columns the table has; the template names them. */
const COLUMNS = 8;

/** @param {Shared} props */
export function Rows({ model, actions }) {
  return model.rows.value.map((id) => html`<${Row} key=${id} id=${id} model=${model} actions=${actions} />`);
}

/** @param {Shared & {id: string}} props */
function Row({ id, model, actions }) {
  const job = model.job(id);
  const now = isFinal(job) ? 0 : model.now.value;
  const [isOpen, setOpen] = useState(false);
  const toggle = () => setOpen(!isOpen);
  const kind = kindOf(job);
  const detailId = `detail-${actions.numberOf(id)}`;
  return html`
    <tr role="row" class="job" data-kind=${kind} data-status=${job.status}>
      <td role="cell" class="job-id"><a href=${addressOf(actions.page, [{ kind: "job", id }])} title=${id}>${id}</a></td>
      <td role="cell" class="job-status"><${Status} job=${job} now=${now} /></td>
      <td role="cell" class="job-result"><${Result} job=${job} isOpen=${isOpen} toggle=${toggle} detailId=${detailId} /></td>
      <td role="cell" class="job-progress"><${Bar} job=${job} /></td>
      <td role="cell" class="job-try" data-label="Try">${job.job_try || ""}</td>
      <td role="cell" class="job-waited" data-label="Waited">${waited(job, now)}</td>
      <td role="cell" class="job-ran" data-label="Ran">${ran(job, now)}</td>
      <td role="cell" class="job-actions">
        <${Buttons} job=${job} actions=${actions} isOpen=${isOpen} toggle=${toggle} detailId=${detailId} />
      </td>
    </tr>
    ${isOpen && html`<${Detail} id=${detailId} job=${job} now=${model.now.peek()} actions=${actions} columns=${COLUMNS} />`}
  `;
}

/** @param {{job: JobView, now: number}} props */
function Status({ job, now }) {
  const more = remark(job, now);
  return html`
    <span class="status"><span class="mark" aria-hidden="true"></span>${job.status}</span>
    ${more && html` <span class="remark">${more}</span>`}
  `;
}

/** @param {{job: JobView, isOpen: boolean, toggle: () => void, detailId: string}} props */
function Result({ job, isOpen, toggle, detailId }) {
  const { text, isCut } = resultText(job);
  const more = job.outcome === "failed" ? "Traceback" : isCut ? "Show all" : "";
  return html`
    <span class=${job.error ? "error" : "value"}>${text}</span>
    ${more &&
    html` <button type="button" class="inline" aria-expanded=${String(isOpen)} aria-controls=${detailId} onClick=${toggle}>
      ${isOpen && more === "Show all" ? "Show less" : more}
    </button>`}
  `;
}

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

/** @param {{job: JobView, actions: Actions, isOpen: boolean, toggle: () => void, detailId: string}} props */
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
