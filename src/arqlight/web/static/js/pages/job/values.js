// @ts-check
/** What a job was given, and what it returned: as text, whatever is in it. */

import { cut, PAGE_LENGTH, partOf, pretty } from "../../core/format.js";
import { html } from "../../core/html.js";
import { Copy } from "../../views/copy.js";

/** @typedef {import("./model.js").JobModel} JobModel */

/** @param {{model: JobModel}} props */
export function Arguments({ model }) {
  const [args, kwargs] = [model.args.value, model.kwargs.value];
  if (args === null || kwargs === null) {
    return html`<${Panel} name="Arguments" id="arguments"><p class="muted">They are not known any more.</p><//>`;
  }
  const named = [...args.map((value, index) => [String(index + 1), value]), ...Object.entries(kwargs)];
  if (named.length === 0) return html`<${Panel} name="Arguments" id="arguments"><p class="muted">It takes none.</p><//>`;
  return html`
    <${Panel} name="Arguments" id="arguments" text=${() => JSON.stringify({ args, kwargs }, null, 2)}>
      <dl class="values">
        ${named.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd><${Value} value=${value} jobUrl=${model.frame.api.url(`${model.path}/values`)} /></dd></div>`)}
      </dl>
    <//>
  `;
}

/** @param {{model: JobModel}} props */
export function Result({ model }) {
  const job = model.job.value;
  if (job?.outcome !== "succeeded") return null;
  const [live, history] = [model.live.value, model.history.value];
  const isKnown = (live && !live.result_omitted) || history?.has_result;
  const value = live && !live.result_omitted ? live.result : history?.result;
  if (!isKnown) return html`<${Panel} name="Result" id="result"><p class="muted">It is not kept any more.</p><//>`;
  return html`
    <${Panel} name="Result" id="result" text=${() => pretty(value)}><${Value} value=${value} jobUrl=${model.frame.api.url(`${model.path}/values`)} /><//>
  `;
}

/** @param {{name: string, id: string, text?: () => string, children?: any}} props */
export function Panel({ name, id, text, children }) {
  return html`
    <section class="panel" aria-labelledby=${`${id}-title`}>
      <h2 id=${`${id}-title`}>${name}${text && html`<${Copy} text=${text} what=${`the ${name.toLowerCase()}`} />`}</h2>
      ${children}
    </section>
  `;
}

/** @param {{value: unknown, jobUrl: string}} props */
function Value({ value, jobUrl }) {
  const cutByServer = partOf(value);
  const shown = typeof value === "string" && !cutByServer ? JSON.stringify(value) : pretty(value);
  const { text, cut: isCut } = cut(shown, PAGE_LENGTH);
  return html`
    <pre class="value" tabindex=${text.includes("\n") || text.length > 200 ? "0" : undefined}>${text}</pre>
    ${(isCut || cutByServer) &&
    html`<p class="muted">This is the beginning${cutByServer ? ` of ${cutByServer.why}` : ""}. <a href=${jobUrl}>All there is, as JSON</a></p>`}
  `;
}
