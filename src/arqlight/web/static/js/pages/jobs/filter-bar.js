// @ts-check
/** The field that filters are typed into, and those that hold. */

import { useEffect, useState } from "preact/hooks";
import { html } from "../../core/html.js";
import { KINDS } from "../../core/vocabulary.js";
import { STATE_WORDS } from "../../core/words.js";
import { Combobox } from "../../views/combobox.js";
import { chipText, FIELDS, typedField } from "./fields.js";
import { REPEATABLE, STATE_FILTERS } from "./query.js";
import { withState } from "./states.js";

/**
 * @typedef {import("./model.js").JobsModel} JobsModel
 * @typedef {import("./fields.js").Field} Field
 * @typedef {import("../../views/combobox.js").Option & {field: Field, value: string | null}} FilterOption `value` null: go on with this field
 */

const MOST_OPTIONS = 12;

/** @param {{model: JobsModel}} props */
export function FilterBar({ model }) {
  const [typed, setTyped] = useState("");
  const suggested = useSuggestions(model, typed);
  const { filters } = model.query.value;
  const choose = (/** @type {any} */ option) => {
    const { field, value } = /** @type {FilterOption} */ (option);
    setTyped(value === null ? `${field.word}: ` : "");
    if (value !== null) model.set({ filters: withFilter(model.query.peek().filters, field.name, value) });
  };
  const chips = Object.entries(filters)
    .filter(([name]) => !STATE_FILTERS.includes(name))
    .flatMap(([name, values]) => values.map((value) => ({ name, value })));
  const takeAway = (/** @type {{name: string, value: string}} */ chip) =>
    model.set({ filters: withoutFilter(model.query.peek().filters, chip) });
  const last = chips.at(-1);
  return html`
    <div class="filter-bar" role="group" aria-label="Filter the jobs">
      ${chips.length > 0 &&
      html`<ul class="chips" aria-label="Filters">
        ${chips.map((chip) => html`<${Chip} key=${`${chip.name} ${chip.value}`} chip=${chip} onTakeAway=${() => takeAway(chip)} />`)}
      </ul>`}
      <${Combobox} id="filter" label="Filter" isSearch placeholder="Filter: text, function:, error:, since: …" value=${typed}
        options=${optionsFor(typed, suggested, model.frame.live.now.peek())} onInput=${setTyped} onChoose=${choose}
        onEraseEmpty=${last && (() => takeAway(last))} />
      ${chips.length > 0 && html`<button type="button" class="quiet" onClick=${() => model.set({ filters: statesOf(filters) })}>Clear</button>`}
    </div>
  `;
}

/** @param {{chip: {name: string, value: string}, onTakeAway: () => void}} props */
function Chip({ chip, onTakeAway }) {
  const text = chipText(chip.name, chip.value);
  return html`
    <li class="chip"><span title=${chip.value}>${text}</span>
      <button type="button" class="quiet" aria-label=${`Take the filter away: ${text}`} onClick=${onTakeAway}>✕</button></li>
  `;
}

/**
 * @param {JobsModel} model
 * @param {string} typed
 * @returns {string[]} what the API suggests for the field that is typed
 */
function useSuggestions(model, typed) {
  const [values, setValues] = useState(/** @type {string[]} */ ([]));
  const found = typedField(typed);
  const field = found?.field.suggest ?? "";
  const prefix = found?.text ?? "";
  useEffect(() => {
    let isLate = false;
    setValues([]);
    if (field === "") return undefined;
    model.frame.api.get("/suggest", { field, prefix }).then(
      (answer) => !isLate && setValues(answer.values),
      () => {}, // nothing is suggested; what is typed may still be chosen
    );
    return () => {
      isLate = true;
    };
  }, [field, prefix]);
  return values;
}

/**
 * @param {string} typed
 * @param {string[]} suggested
 * @param {number} now
 * @returns {FilterOption[]}
 */
export function optionsFor(typed, suggested, now) {
  const found = typedField(typed);
  if (found) return valuesFor(found.field, found.text, suggested, now);
  const text = typed.trim();
  const fields = FIELDS.filter(({ word }) => word.includes(text.toLowerCase()));
  const options = fields.map((field) => ({ key: field.name, field, value: null, text: `${field.word}:`, hint: field.hint }));
  const all = FIELDS.find(({ name }) => name === "q");
  if (text === "" || !all) return options;
  return [{ key: "typed", field: all, value: text, text: `“${text}”`, hint: all.hint }, ...options];
}

/**
 * @param {Field} field
 * @param {string} text
 * @param {string[]} suggested
 * @param {number} now
 * @returns {FilterOption[]}
 */
function valuesFor(field, text, suggested, now) {
  const option = (/** @type {string} */ shown, hint = "") => {
    const value = field.parse ? field.parse(shown, now) : shown;
    return value === null || shown === "" ? [] : [{ key: shown, field, value, text: shown, hint }];
  };
  const examples = (field.examples ?? []).filter((one) => one.startsWith(text)).flatMap((one) => option(one, field.name === "since" || field.name === "until" ? "ago" : ""));
  const known = suggested.flatMap((value) => option(value));
  const isListed = [...examples, ...known].some((one) => one.text === text);
  const typed = isListed || field.name === "state" ? [] : option(text, "as typed");
  return [...known, ...examples, ...typed].slice(0, MOST_OPTIONS);
}

/**
 * @param {Record<string, string[]>} filters
 * @param {string} name
 * @param {string} value
 * @returns {Record<string, string[]>}
 */
export function withFilter(filters, name, value) {
  if (name === "state") return withState(filters, KINDS.find((kind) => STATE_WORDS[kind] === value) ?? null, true);
  const before = REPEATABLE.includes(name) ? (filters[name] ?? []) : [];
  return { ...filters, [name]: [...new Set([...before, value])] };
}

/**
 * @param {Record<string, string[]>} filters
 * @param {{name: string, value: string}} chip
 */
function withoutFilter(filters, { name, value }) {
  const left = (filters[name] ?? []).filter((one) => one !== value);
  const { [name]: _, ...others } = filters;
  return left.length > 0 ? { ...others, [name]: left } : others;
}

/** @param {Record<string, string[]>} filters */
function statesOf(filters) {
  return Object.fromEntries(Object.entries(filters).filter(([name]) => STATE_FILTERS.includes(name)));
}
