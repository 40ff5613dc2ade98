// @ts-check
/** A job's life as bars over time, which grow while it goes on. */

import { duration, timeOfDay, wholeSeconds } from "../../core/format.js";
import { html } from "../../core/html.js";

/**
 * @typedef {import("./model.js").JobModel} JobModel
 * @typedef {import("./model.js").Span} Span
 */

const WORDS = { deferred: "Deferred", waiting: "Waiting", running: "Try", retry_pause: "Retry pause" };
/** A bar that is narrower cannot be seen. */
const NARROWEST = 0.4;

/** @param {{model: JobModel}} props */
export function Timeline({ model }) {
  const spans = model.spans.value;
  const [first] = spans;
  if (!first) return null;
  const isOpen = spans.some((span) => span.to_ms === null);
  const now = isOpen ? model.frame.live.now.value : 0;
  const end = Math.max(...spans.map((span) => span.to_ms ?? now), first.from_ms + 1);
  const scale = { from: first.from_ms, length: end - first.from_ms };
  return html`
    <section class="panel" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Timeline <small>${duration(scale.length)} in all</small></h2>
      <ol class="timeline">${spans.map((span, index) => html`<${Bar} key=${index} span=${span} scale=${scale} now=${now} />`)}</ol>
      <p class="timeline-axis"><span>${timeOfDay(scale.from, Date.now())}</span><span>${isOpen ? "now" : timeOfDay(end, Date.now())}</span></p>
    </section>
  `;
}

/** @param {{span: Span, scale: {from: number, length: number}, now: number}} props */
function Bar({ span, scale, now }) {
  const isOpen = span.to_ms === null;
  const length = Math.max(0, (span.to_ms ?? now) - span.from_ms);
  const left = Math.min(100 - NARROWEST, (100 * (span.from_ms - scale.from)) / scale.length);
  const width = Math.min(100 - left, Math.max(NARROWEST, (100 * length) / scale.length));
  const name = span.kind === "running" ? `Try ${span.job_try ?? ""}` : WORDS[span.kind];
  return html`
    <li class="span" data-span=${span.kind} data-ended=${isOpen ? "open" : (span.ended ?? "")}>
      <span class="span-name">${name}${span.ended && html` <small>${span.ended.replaceAll("_", " ")}</small>`}</span>
      <span class="span-track" aria-hidden="true"><span class="span-bar" style=${{ left: `${left}%`, width: `${width}%` }}></span></span>
      <span class="span-length">${isOpen ? wholeSeconds(length) : duration(length)}</span>
    </li>
  `;
}
