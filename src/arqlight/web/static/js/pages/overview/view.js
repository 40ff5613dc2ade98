// @ts-check
/** How things stand, from what matters first. */

import { count } from "../../core/format.js";
import { html } from "../../core/html.js";
import { pageUrl } from "../../core/links.js";
import { Loading } from "../../views/empty.js";
import { Charts } from "./charts.js";
import { Queues } from "./queues.js";
import { Running } from "./running.js";

/**
 * @typedef {import("./model.js").OverviewModel} OverviewModel
 * @typedef {import("./model.js").Overview} Overview
 */

const MOST_SHOWN = 5;
const numbers = new Intl.NumberFormat();

/** @param {{model: OverviewModel}} props */
export function OverviewView({ model }) {
  const overview = model.overview.value;
  if (overview === null) return html`<${Loading} lines=${14} />`;
  return html`
    <${NeedsAttention} attention=${overview.attention} urls=${model.frame.urls} />
    <${Figures} overview=${overview} urls=${model.frame.urls} />
    <${Charts} model=${model} />
    <div class="overview-lists"><${Queues} model=${model} /><${Running} model=${model} /></div>
  `;
}

/** @param {{attention: import("./model.js").Attention[], urls: {console: string}}} props */
function NeedsAttention({ attention, urls }) {
  const first = attention.slice(0, MOST_SHOWN);
  const more = attention.slice(MOST_SHOWN);
  const item = (/** @type {import("./model.js").Attention} */ { kind, level, text, link }) => html`
    <li key=${`${kind} ${JSON.stringify(link.query)}`} data-level=${level}>
      <span class="attention-mark" aria-hidden="true"></span><span class="unseen">${level === "bad" ? "Bad: " : "Odd: "}</span>
      <a href=${pageUrl(urls, link.page, link.query)}>${text}</a>
    </li>
  `;
  return html`
    <section class="attention" aria-labelledby="attention-title" data-level=${first[0]?.level ?? "none"}>
      <h2 id="attention-title">Needs attention</h2>
      ${first.length === 0 ? html`<p class="attention-none"><span class="attention-mark" aria-hidden="true"></span>Nothing does.</p>` : html`<ul>${first.map(item)}</ul>`}
      ${more.length > 0 && html`<details><summary>${count(more.length, "thing")} more</summary><ul>${more.map(item)}</ul></details>`}
    </section>
  `;
}

/** @param {{overview: Overview, urls: {console: string}}} props */
function Figures({ overview, urls }) {
  const { queues, workers } = overview;
  const sum = (/** @type {(queue: import("./model.js").QueueRow) => number} */ of) => queues.reduce((all, queue) => all + of(queue), 0);
  const jobs = (/** @type {string} */ status) => pageUrl(urls, "jobs", { status });
  return html`
    <dl class="figures">
      <${Figure} name="Queued" value=${numbers.format(sum(({ depth }) => depth))} href=${jobs("queued")} />
      <${Figure} name="In progress" value=${numbers.format(sum(({ in_progress }) => in_progress))} of=${`of ${count(workers.slots, "slot")}`} href=${jobs("in_progress")} />
      <${Figure} name="Deferred" value=${numbers.format(sum(({ deferred }) => deferred))} href=${jobs("deferred")} />
      <${Figure} name="Ended per minute" value=${numbers.format(Math.round(sum(({ done_per_minute }) => done_per_minute)))} href=${jobs("complete")} />
      <${Figure} name="Workers" value=${numbers.format(workers.up)} href=${pageUrl(urls, "workers")} />
    </dl>
  `;
}

/** @param {{name: string, value: string, of?: string, href: string}} props */
function Figure({ name, value, of = "", href }) {
  return html`<div class="figure"><dt>${name}</dt><dd><a href=${href}>${value}</a>${of && html` <small>${of}</small>`}</dd></div>`;
}
