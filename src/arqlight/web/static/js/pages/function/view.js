// @ts-check
/** One function, from how it does to how it is called. */

import { useMemo } from "preact/hooks";
import { duration } from "../../core/format.js";
import { rateText, retryText, signature, typeText } from "../../core/functions.js";
import { html } from "../../core/html.js";
import { failureUrl, pageUrl } from "../../core/links.js";
import { kindOf } from "../../core/summary.js";
import { shortType } from "../../core/words.js";
import { Empty, Loading } from "../../views/empty.js";
import { Histogram } from "../../views/histogram.js";
import { Table } from "../../views/table.js";
import { Age } from "../../views/time.js";
import { latestColumns } from "./latest.js";

/**
 * @typedef {import("./model.js").FunctionModel} FunctionModel
 * @typedef {import("./model.js").FunctionDetail} FunctionDetail
 */

const numbers = new Intl.NumberFormat();

/** @param {{model: FunctionModel}} props */
export function FunctionView({ model }) {
  const detail = model.detail.value;
  if (!model.isLoaded.value) return html`<${Loading} lines=${10} />`;
  if (detail === null) {
    return html`<${Empty} title="There is no such function.">
      <p>No worker that is up has it, nor has the history a job of it.</p>
      <p><a href=${pageUrl(model.frame.urls, "functions")}>All functions</a></p>
    <//>`;
  }
  return html`
    ${detail.doc && html`<p class="function-doc">${detail.doc}</p>`}
    <${Figures} detail=${detail} urls=${model.frame.urls} />
    <div class="function-panels">
      <div class="function-side"><${HowLong} detail=${detail} /><${Failures} model=${model} /></div>
      <${HowCalled} detail=${detail} />
    </div>
    <${Latest} model=${model} />
  `;
}

/** @param {{detail: FunctionDetail, urls: import("../../views/frame/frame.js").Urls}} props of the last 24 hours */
function Figures({ detail, urls }) {
  const { name, calls, failed, failure_rate, run, wait } = detail;
  const time = (/** @type {number | null} */ ms) => (ms === null ? "–" : duration(ms));
  return html`
    <dl class="figures" aria-label="In the last 24 hours">
      <div class="figure"><dt>Calls, last day</dt><dd>${numbers.format(calls)}</dd></div>
      <div class="figure"><dt>Failed</dt><dd>${failed === 0 ? "0" : html`<a class="error" href=${pageUrl(urls, "jobs", { function: name, outcome: "failed" })}>${numbers.format(failed)}</a>`} <small>${rateText(failure_rate)}</small></dd></div>
      <div class="figure"><dt>Run p50</dt><dd>${time(run.p50)}</dd></div>
      <div class="figure"><dt>Run p95</dt><dd>${time(run.p95)}</dd></div>
      <div class="figure"><dt>Run p99</dt><dd>${time(run.p99)}</dd></div>
      <div class="figure"><dt>Wait p95</dt><dd>${time(wait.p95)}</dd></div>
    </dl>
  `;
}

/** @param {{detail: FunctionDetail}} props */
function HowLong({ detail }) {
  return html`
    <section class="panel" aria-labelledby="how-long"><h2 id="how-long">How long it runs <small>last 24 hours</small></h2>
      ${detail.histogram.length === 0
        ? html`<p class="muted">No job of it ended in the last 24 hours.</p>`
        : html`<${Histogram} buckets=${detail.histogram} label="How long jobs ran" />`}
    </section>
  `;
}

/** @param {{detail: FunctionDetail}} props */
function HowCalled({ detail }) {
  const { name, parameters, queues, timeout_s, workers } = detail;
  return html`
    <section class="panel" aria-labelledby="how-called"><h2 id="how-called">How it is called and run</h2>
      ${parameters === null
        ? html`<p class="muted">No worker that is up has it, so its parameters are not known.</p>`
        : html`<pre class="signature"><code>${signature(name, parameters)}</code></pre><${Parameters} parameters=${parameters} />`}
      <dl class="rules">
        ${retryText(detail) && html`<div><dt>Tries</dt><dd>${retryText(detail)}</dd></div>`}
        ${timeout_s !== null && html`<div><dt>Timeout</dt><dd>${duration(timeout_s * 1000)} a try</dd></div>`}
        <div><dt>Workers</dt><dd>${workers === 0 ? "none that is up" : `${workers}, of ${queues.join(", ")}`}</dd></div>
      </dl>
    </section>
  `;
}

/** @param {{parameters: import("../../core/schema.js").Schema}} props */
function Parameters({ parameters }) {
  const required = new Set(parameters.required ?? []);
  const all = Object.entries(parameters.properties ?? {});
  if (all.length === 0) return null;
  return html`
    <table class="parameters">
      <caption class="unseen">Parameters</caption>
      <thead><tr><th scope="col">Parameter</th><th scope="col">Type</th><th scope="col">Needed</th></tr></thead>
      <tbody>${all.map(([name, schema]) => html`<tr key=${name}><th scope="row"><code>${name}</code></th><td>${typeText(schema)}</td><td>${required.has(name) ? "yes" : "no"}</td></tr>`)}</tbody>
    </table>
  `;
}

/** @param {{model: FunctionModel}} props */
function Failures({ model }) {
  const { frame, failures, name } = model;
  return html`
    <section class="panel" aria-labelledby="function-failures"><h2 id="function-failures">How it fails <small><a href=${pageUrl(frame.urls, "failures", { function: name })}>All failures</a></small></h2>
      ${failures.value.length === 0
        ? html`<p class="muted">It has not failed in the last 24 hours.</p>`
        : html`<ul class="function-failures">${failures.value.map(
            ({ fingerprint, type, message, last_ms, count: times }) => html`<li key=${fingerprint}>
              <a href=${failureUrl(frame.urls, fingerprint)}>${shortType({ type, message }).type}</a> <span class="muted">${numbers.format(times)}${times === 1 ? " time" : " times"}, last <${Age} ms=${last_ms} now=${frame.live.now} /> ago</span>
              <div class="error">${message}</div></li>`,
          )}</ul>`}
    </section>
  `;
}

/** @param {{model: FunctionModel}} props */
function Latest({ model }) {
  const columns = useMemo(() => latestColumns(model.frame), []);
  const jobs = model.jobs.value;
  return html`
    <section class="panel latest" aria-labelledby="latest"><h2 id="latest">Its latest jobs <small><a href=${pageUrl(model.frame.urls, "jobs", { function: model.name })}>All of them</a></small></h2>
      ${jobs.length === 0
        ? html`<p class="muted">The history has no job of it.</p>`
        : html`<${Table} caption="Latest jobs" columns=${columns} items=${jobs} keyOf=${(/** @type {import("./model.js").JobRow} */ { key }) => key}
            rowProps=${(/** @type {import("./model.js").JobRow} */ row) => ({ "data-kind": kindOf(row), "data-job": row.job_id })} />`}
    </section>
  `;
}
