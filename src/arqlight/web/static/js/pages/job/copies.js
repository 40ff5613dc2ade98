// @ts-check
/** What of a job can be copied, for a shell, for Python, for a report. */

import { html } from "../../core/html.js";
import { curlOf, pythonOf } from "../../core/snippets.js";
import { Copy } from "../../views/copy.js";
import { Menu } from "../../views/menu.js";

/** @param {{model: import("./model.js").JobModel}} props */
export function Copies({ model }) {
  const job = model.job.value;
  const [args, kwargs] = [model.args.value, model.kwargs.value];
  if (!job) return null;
  const asked = args && kwargs && { function: job.function, args, kwargs, queue: job.queue };
  const traceback = tracebackOf(model);
  const jobsUrl = new URL(model.frame.api.url("/jobs"), location.href).href;
  return html`
    <${Menu} title="Copy">
      <ul>
        <li><${Copy} text=${job.job_id} what="the id">Id<//></li>
        <li><${Copy} text=${model.call.value} what="the call">Call<//></li>
        ${traceback && html`<li><${Copy} text=${traceback} what="the traceback">Traceback<//></li>`}
        ${asked && html`<li><${Copy} text=${curlOf(asked, jobsUrl)} what="a curl command that enqueues the same">curl<//></li>`}
        ${asked && html`<li><${Copy} text=${pythonOf(asked)} what="Python that enqueues the same">Python<//></li>`}
        <li><${Copy} text=${location.href} what="the address of this page">Link<//></li>
      </ul>
    <//>
  `;
}

/**
 * @param {import("./model.js").JobModel} model
 * @returns {string} that of the last try that failed, or ""
 */
export function tracebackOf(model) {
  const job = model.job.value;
  const tries = model.history.value?.tries ?? [];
  if (job?.outcome === "succeeded" || !job?.error) return "";
  return model.live.value?.error?.traceback ?? tries.filter((one) => one.traceback).at(-1)?.traceback ?? "";
}
