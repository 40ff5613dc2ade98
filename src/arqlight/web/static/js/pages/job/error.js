// @ts-check
/** Why a job failed: the error first, then where, with the frames of libraries folded. */

import { cut } from "../../core/format.js";
import { html } from "../../core/html.js";
import { errorText } from "../../core/words.js";
import { Traceback } from "../../views/traceback.js";
import { tracebackOf } from "./copies.js";
import { Panel } from "./values.js";

const LONGEST_MESSAGE = 4_000;

/** @param {{model: import("./model.js").JobModel}} props */
export function JobErrorPanel({ model }) {
  const job = model.job.value;
  if (!job?.error || job.outcome === "succeeded") return null;
  const traceback = tracebackOf(model);
  const { fingerprint } = job;
  const address = `${model.frame.urls.jobs_page}?${new URLSearchParams({ fingerprint: fingerprint ?? "" })}`;
  return html`
    <${Panel} name="Error" id="error" text=${() => traceback || errorText(job.error ?? { type: "", message: "" })}>
      <p class="error error-text">${cut(errorText(job.error), LONGEST_MESSAGE).text}</p>
      ${traceback && html`<${Traceback} text=${traceback} />`}
      ${fingerprint && html`<p class="muted"><a href=${address}>Jobs that failed in the same way</a></p>`}
    <//>
  `;
}
