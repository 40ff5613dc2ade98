// @ts-check
/** The way of a job as a diagram: where it has been, and where it is. */

import { html } from "../../core/html.js";
import { kindOf } from "../../core/summary.js";
import { OUTCOMES } from "../../core/vocabulary.js";
import { STATE_WORDS } from "../../core/words.js";

/**
 * @typedef {import("../../core/types.js").Kind} Kind
 * @typedef {import("./model.js").JobModel} JobModel
 */

/** @param {{model: JobModel}} props */
export function Diagram({ model }) {
  const job = model.job.value;
  if (!job) return null;
  const kinds = new Set(model.spans.value.map((span) => span.kind));
  const now = kindOf(job);
  const visited = {
    deferred: kinds.has("deferred") || now === "deferred",
    queued: kinds.has("waiting") || job.status !== "deferred",
    in_progress: job.job_try > 0,
  };
  const outcome = job.status === "complete" ? now : null;
  return html`
    <ol class="diagram" aria-label="The way of this job">
      ${(/** @type {const} */ (["deferred", "queued", "in_progress"])).map(
        (kind) => html`<${Step} key=${kind} kind=${kind} isNow=${now === kind} isVisited=${visited[kind]}
          note=${kind === "in_progress" && job.job_try > 1 ? `${job.job_try} tries` : ""} />`,
      )}
      <li class="diagram-ends">
        <ul>${OUTCOMES.map((kind) => html`<${Step} key=${kind} kind=${kind} isNow=${outcome === kind} isVisited=${outcome === kind} />`)}</ul>
      </li>
    </ol>
  `;
}

/** @param {{kind: Kind, isNow: boolean, isVisited: boolean, note?: string}} props */
function Step({ kind, isNow, isVisited, note = "" }) {
  return html`
    <li class="step" data-kind=${kind} data-visited=${String(isVisited)} aria-current=${isNow ? "step" : undefined}>
      <span class="mark" aria-hidden="true"></span>${STATE_WORDS[kind]}${note && html` <small>${note}</small>`}
      <span class="unseen">${isNow ? ", where it is" : isVisited ? ", where it was" : ", not reached"}</span>
    </li>
  `;
}
