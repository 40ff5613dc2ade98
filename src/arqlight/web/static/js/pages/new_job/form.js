// @ts-check
/** The form of a new job: the function, its arguments, then how it is to be run. */

import { html } from "../../core/html.js";
import { Empty, Loading } from "../../views/empty.js";
import { Input } from "./input.js";
import { MORE_ARGS, MORE_KWARGS } from "./model.js";
import { OPTIONS } from "./options.js";

/** @typedef {import("./model.js").NewJobModel} NewJobModel */

/** @param {{model: NewJobModel}} props */
export function NewJobForm({ model }) {
  const functions = model.functions.value;
  if (functions === null) return html`<${Loading} lines=${6} />`;
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void model.send().then(focusProblem);
  };
  return html`
    <form class="new-job-form" novalidate onSubmit=${submit}>
      ${functions.length === 0 &&
      html`<${Empty} title="No worker is running, so nobody has published functions."><p>A job may be enqueued all the same: name its function.</p><//>`}
      <${FunctionField} model=${model} />
      <fieldset class="panel"><legend>Arguments</legend><${Parameters} model=${model} /></fieldset>
      <fieldset class="panel"><legend>How it is run</legend>
        <div class="option-grid">
          ${OPTIONS.map((option) => html`<${Option} key=${option.name} model=${model} option=${option} />`)}
        </div>
      </fieldset>
      ${model.refusal.value && html`<p class="notice problem" role="alert">${model.refusal.value}</p>`}
      <button type="submit" class="action first" aria-disabled=${String(model.isSending.value)}>${model.isSending.value ? "Enqueuing…" : "Enqueue"}</button>
    </form>
  `;
}

/** @param {{model: NewJobModel}} props */
function FunctionField({ model }) {
  const functions = model.functions.value ?? [];
  const names = functions.map((one) => one.name);
  const isPublished = functions.length > 0 && (names.includes(model.chosen.value) || model.chosen.value === "");
  const changed = (/** @type {{currentTarget: HTMLInputElement | HTMLSelectElement}} */ { currentTarget }) => model.choose(currentTarget.value);
  const problem = model.problems.value.function;
  return html`
    <div class="field">
      <label class="field-name" for="field-function">Function</label>
      ${isPublished
        ? html`<select id="field-function" value=${model.chosen.value} onChange=${changed}>${names.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select>`
        : html`<input type="text" id="field-function" value=${model.chosen.value} aria-invalid=${problem ? "true" : undefined} onInput=${changed} />`}
      ${problem && html`<small class="error" role="alert">${problem}</small>`}
    </div>
  `;
}

/** @param {{model: NewJobModel}} props */
function Parameters({ model }) {
  const fields = model.fields.value;
  const isKnown = model.published.value?.parameters !== undefined && model.published.value !== null;
  const input = (/** @type {any} */ field, /** @type {string} */ name, label = field.name, hint = "") =>
    html`<${Input} key=${name} field=${field} id=${`field-${name.replace(" ", "-")}`} label=${label} hint=${hint} value=${model.typed.value[name] ?? ""}
      problem=${model.problems.value[name]} onType=${(/** @type {string} */ text) => model.type(name, text)} />`;
  return html`
    ${fields.map((field) => input(field, `parameter ${field.name}`))}
    ${(model.isOpenEnded.value || model.typed.value.args || model.typed.value.kwargs) &&
    html`${input(MORE_ARGS, "args", isKnown ? "More arguments" : "Arguments", "a JSON array")}
      ${input(MORE_KWARGS, "kwargs", "By name", "a JSON object")}`}
    ${fields.length === 0 && !model.isOpenEnded.value && html`<p class="muted">It takes none.</p>`}
  `;
}

/** @param {{model: NewJobModel, option: {name: string, word: string, hint: string}}} props */
function Option({ model, option: { name, word, hint } }) {
  const queues = model.published.value?.queues ?? [];
  const choices = name === "queue" ? queues : [];
  const problem = model.problems.value[name];
  const changed = (/** @type {{currentTarget: HTMLInputElement}} */ { currentTarget }) => model.type(name, currentTarget.value);
  const value = model.typed.value[name] ?? (name === "queue" ? (queues[0] ?? "") : "");
  return html`
    <div class="field">
      <label class="field-name" for=${`field-${name}`}>${word}</label>
      <input type="text" id=${`field-${name}`} value=${value} autocomplete="off" list=${choices.length > 0 ? `choices-${name}` : undefined}
        inputmode=${name === "times" ? "numeric" : undefined} aria-invalid=${problem ? "true" : undefined} aria-describedby=${`hint-${name}`} onInput=${changed} />
      ${choices.length > 0 && html`<datalist id=${`choices-${name}`}>${choices.map((one) => html`<option key=${one} value=${one}></option>`)}</datalist>`}
      <small id=${`hint-${name}`} class=${problem ? "error" : "muted"} role=${problem ? "alert" : undefined}>${problem || hint}</small>
    </div>
  `;
}

/** Puts the focus on the first field that is wrong. */
function focusProblem() {
  const field = document.querySelector(".new-job-form [aria-invalid=true]");
  if (field instanceof HTMLElement) field.focus();
}
