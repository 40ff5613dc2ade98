// @ts-check
/** One group of failures, from what matters first: why, how often, where, which jobs. */

import { useMemo } from "preact/hooks";
import { cut } from "../../core/format.js";
import { html } from "../../core/html.js";
import { jobUrl, pageUrl } from "../../core/links.js";
import { countsIn } from "../../core/series.js";
import { kindOf } from "../../core/summary.js";
import { errorText, shortType } from "../../core/words.js";
import { Chart } from "../../views/chart.js";
import { Copy } from "../../views/copy.js";
import { Empty, Loading } from "../../views/empty.js";
import { GroupActions } from "../../views/group-actions.js";
import { SpanChoice } from "../../views/span-choice.js";
import { State } from "../../views/state.js";
import { Table } from "../../views/table.js";
import { Age, Time } from "../../views/time.js";
import { Traceback } from "../../views/traceback.js";

/**
 * @typedef {import("./model.js").FailureModel} FailureModel
 * @typedef {import("./model.js").Failure} Failure
 * @typedef {import("../../core/job-rows.js").JobRow} JobRow
 */

const PER_STEP = { hour: "per minute", day: "per 10 minutes", week: "per hour" };
const HEIGHT = 140;
const LONGEST_MESSAGE = 4_000;
const LONGEST_CALL = 200;
const numbers = new Intl.NumberFormat();

/** @param {{model: FailureModel}} props */
export function Buttons({ model }) {
  const failure = model.failure.value;
  if (!failure) return null;
  return html`
    <${GroupActions} frame=${model.frame} filter=${{ fingerprint: failure.fingerprint, outcome: ["failed"] }} noun="failed job"
      of=${`${shortType(failure).type} in ${failure.function}`} actions=${["retry", "delete"]} onDone=${() => model.poll.refresh()} />
  `;
}

/** @param {{model: FailureModel}} props */
export function FailureView({ model }) {
  const failure = model.failure.value;
  if (!model.isLoaded.value) return html`<${Loading} lines=${10} />`;
  if (!failure) {
    return html`<${Empty} title="There is no such group of failures.">
      <p>The history has forgotten it, or it never was.</p>
      <p><a href=${pageUrl(model.frame.urls, "failures")}>All failures</a></p>
    <//>`;
  }
  return html`
    <div class="failure">
      <${Facts} model=${model} failure=${failure} />
      <${Counts} model=${model} failure=${failure} />
      <${Sample} model=${model} />
      <${Jobs} model=${model} />
    </div>
  `;
}

/** @param {{model: FailureModel, failure: Failure}} props */
function Facts({ model, failure }) {
  const { now } = model.frame.live;
  const left = model.left.value;
  const { urls } = model.frame;
  return html`
    <p class="error error-text">${cut(errorText(shortType(failure)), LONGEST_MESSAGE).text}</p>
    <dl class="failure-facts">
      <div><dt>Where</dt><dd><code>${failure.where || "not known"}</code></dd></div>
      <div><dt>In all</dt><dd>${numbers.format(failure.count)}</dd></div>
      <div><dt>Failed still</dt><dd><a href=${pageUrl(urls, "jobs", { fingerprint: failure.fingerprint, outcome: "failed" })}>${left === null ? "–" : `${numbers.format(left)}${model.isCapped.value ? "+" : ""}`}</a></dd></div>
      <div><dt>First</dt><dd><${Time} ms=${failure.first_ms} now=${now} /> <span class="muted">(<${Age} ms=${failure.first_ms} now=${now} /> ago)</span></dd></div>
      <div><dt>Last</dt><dd><${Time} ms=${failure.last_ms} now=${now} /> <span class="muted">(<${Age} ms=${failure.last_ms} now=${now} /> ago)</span></dd></div>
    </dl>
  `;
}

/** @param {{model: FailureModel, failure: Failure}} props */
function Counts({ model, failure }) {
  const steps = model.steps.value;
  const span = model.span.value;
  const drawing = useMemo(
    () => steps && { kind: "stack", unit: "count", steps, marks: [], series: [{ name: "failed", colour: "--chart-failed", values: countsIn(failure.series, steps) }] },
    [failure, steps],
  );
  if (drawing === null) return null;
  return html`
    <div class="failure-counts">
      <${SpanChoice} span=${span} onChoose=${(/** @type {import("../../core/series.js").SpanName} */ next) => model.choose(next)} />
      <${Chart} title=${`Failed ${PER_STEP[span]}`} height=${HEIGHT} drawing=${drawing} />
    </div>
  `;
}

/** @param {{model: FailureModel}} props */
function Sample({ model }) {
  const sample = model.sample.value;
  if (!sample) return null;
  const { traceback, error, job_id: id, finish_ms } = sample;
  const { urls, live } = model.frame;
  return html`
    <section class="panel" aria-labelledby="sample-title">
      <h2 id="sample-title">Sample ${traceback && html`<${Copy} text=${traceback} what="the traceback" />`}
        <small>${model.hasLater.value && html`<button type="button" class="inline" onClick=${() => model.showLater()}>Show a later one</button> · `}${id && html`<a href=${jobUrl(urls, id)}>its job</a>`} · <${Time} ms=${finish_ms} now=${live.now} /></small></h2>
      ${traceback
        ? html`<${Traceback} text=${traceback} />`
        : html`<p class="error error-text">${error && cut(errorText(shortType(error)), LONGEST_MESSAGE).text}</p><p class="muted">It has no traceback.</p>`}
    </section>
  `;
}

/** @param {{model: FailureModel}} props */
function Jobs({ model }) {
  const { urls } = model.frame;
  const columns = useMemo(() => columnsOf(model), []);
  const rows = model.jobs.value;
  const all = pageUrl(urls, "jobs", { fingerprint: model.fingerprint });
  return html`
    <section class="panel" aria-labelledby="jobs-title">
      <h2 id="jobs-title">Jobs that failed so <small><a href=${all}>All of them</a></small></h2>
      ${rows.length === 0
        ? html`<p class="muted">None is kept any more.</p>`
        : html`<${Table} caption="Jobs that failed so" columns=${columns} items=${rows} keyOf=${(/** @type {JobRow} */ { key }) => key}
            rowProps=${(/** @type {JobRow} */ row) => ({ "data-kind": kindOf(row), "data-job": row.job_id })} />`}
    </section>
  `;
}

/**
 * @param {FailureModel} model
 * @returns {import("../../views/table.js").Column<JobRow>[]}
 */
function columnsOf({ frame }) {
  return [
    { id: "state", title: "State", kind: "tight", cell: (job) => html`<${State} job=${job} />` },
    {
      id: "job",
      title: "Job",
      kind: "main",
      cell: (job) => html`
        <div><a class="call" data-row-link href=${jobUrl(frame.urls, job.job_id)}>${cut(job.call ?? job.function ?? "unknown function", LONGEST_CALL).text}</a></div>
        ${job.error && html`<div class="error">${cut(job.error.message, LONGEST_CALL).text}</div>`}
      `,
    },
    { id: "tries", title: "Tries", kind: "number", cell: (job) => job.job_try || "" },
    { id: "age", title: "Age", kind: "number", cell: (job) => html`<${Age} ms=${job.enqueue_ms} now=${frame.live.now} />` },
  ];
}
