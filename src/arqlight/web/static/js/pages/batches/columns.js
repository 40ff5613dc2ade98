// @ts-check
/** The columns of the list of batches. */

import { cut } from "../../core/format.js";
import { html } from "../../core/html.js";
import { pageUrl } from "../../core/links.js";
import { OUTCOMES } from "../../core/vocabulary.js";
import { Copy } from "../../views/copy.js";
import { Segments } from "../../views/segments.js";
import { Kind } from "../../views/state.js";
import { Age } from "../../views/time.js";

/** @typedef {import("./model.js").Batch} Batch */

const SHORT_ID = 9;
const numbers = new Intl.NumberFormat();

/**
 * @param {import("../../views/frame/frame.js").Frame} frame
 * @returns {import("../../views/table.js").Column<Batch>[]}
 */
export function batchColumns({ urls, live }) {
  return [
    { id: "state", title: "State", kind: "tight", cell: (batch) => html`<${Kind} kind=${kindOf(batch)} word=${isDone(batch) ? "done" : undefined} />` },
    {
      id: "batch",
      title: "Batch",
      kind: "main",
      cell: ({ batch_id, function: name, queue }) => html`
        <div><a class="call" data-row-link href=${pageUrl(urls, "jobs", { batch: batch_id })}>${name ?? "unknown function"}</a></div>
        <div class="facts"><${Copy} text=${batch_id} what=${`the id ${batch_id}`}><code>${cut(batch_id, SHORT_ID).text}</code><//><code>${queue}</code></div>
      `,
    },
    { id: "segments", title: "Jobs by state", cell: ({ counts, total, batch_id }) => html`<${Segments} counts=${counts} total=${total} label=${`Jobs of the batch ${batch_id}`} />` },
    { id: "done", title: "Done", kind: "number", cell: (batch) => `${numbers.format(doneOf(batch))} of ${numbers.format(batch.total)}` },
    {
      id: "failed",
      title: "Failed",
      kind: "number",
      cell: ({ batch_id, counts }) =>
        counts.failed ? html`<a class="error" href=${pageUrl(urls, "jobs", { batch: batch_id, outcome: "failed" })}>${numbers.format(counts.failed)}</a>` : "0",
    },
    { id: "age", title: "Age", kind: "number", cell: ({ enqueue_ms }) => html`<${Age} ms=${enqueue_ms} now=${live.now} />` },
  ];
}

/** @param {Batch} batch */
function doneOf({ counts }) {
  return OUTCOMES.reduce((sum, outcome) => sum + (counts[outcome] ?? 0), 0);
}

/** @param {Batch} batch */
function isDone(batch) {
  return doneOf(batch) === batch.total;
}

/**
 * @param {Batch} batch
 * @returns {import("../../core/types.js").Kind} the worst that became of it, else what goes on
 */
function kindOf(batch) {
  const { counts } = batch;
  if (isDone(batch)) return OUTCOMES.find((outcome) => outcome !== "succeeded" && counts[outcome]) ?? "succeeded";
  if (counts.in_progress) return "in_progress";
  return counts.queued ? "queued" : "deferred";
}
