// @ts-check
/** One argument's field, of the kind that its schema asks for. */

import { html } from "../../core/html.js";

/**
 * @typedef {import("../../core/schema.js").Field} Field
 * @typedef {{field: Field, id: string, label: string, hint: string, value: string, problem: string | undefined, onType: (text: string) => void}} InputProps
 */

/** @type {Record<Field["kind"], string>} */
const KINDS = { text: "text", integer: "whole number", number: "number", boolean: "yes or no", choice: "one of these", json: "JSON" };

/** @param {InputProps} props */
export function Input({ field, id, label, hint, value, problem, onType }) {
  const facts = [hint || KINDS[field.kind], field.isRequired ? "" : "may be left out", defaultOf(field)].filter(Boolean).join(", ");
  const shared = {
    id,
    value,
    "aria-invalid": problem ? "true" : undefined,
    "aria-required": field.isRequired ? "true" : undefined,
    "aria-describedby": `${id}-hint`,
    onInput: (/** @type {{currentTarget: HTMLInputElement}} */ { currentTarget }) => onType(currentTarget.value),
  };
  return html`
    <div class="field">
      <label class="field-name" for=${id}><code>${label}</code></label>
      <${Control} field=${field} shared=${shared} />
      <small id=${`${id}-hint`} class=${problem ? "error" : "muted"} role=${problem ? "alert" : undefined}>${problem || facts}</small>
    </div>
  `;
}

/** @param {{field: Field, shared: Record<string, any>}} props */
function Control({ field, shared }) {
  if (field.kind === "json") return html`<textarea ...${shared} rows="3" spellcheck=${false}></textarea>`;
  if (field.kind === "choice" || field.kind === "boolean") {
    const options = field.kind === "boolean" ? ["true", "false"].map((one) => [one, one]) : field.choices.map((one, index) => [String(index), String(one)]);
    return html`<select ...${shared}>
      <option value="">${field.isRequired && !field.mayBeNull ? "Choose" : ""}</option>
      ${options.map(([key, text]) => html`<option key=${key} value=${key}>${text}</option>`)}
    </select>`;
  }
  const inputmode = { integer: "numeric", number: "decimal", text: undefined }[field.kind];
  return html`<input type="text" ...${shared} inputmode=${inputmode} autocomplete="off" spellcheck=${false} />`;
}

/** @param {Field} field */
function defaultOf({ schema }) {
  return "default" in schema ? `by default ${JSON.stringify(schema.default)}` : "";
}
