// @ts-check
/** What one can filter by: words for people, names for the API, and what may be typed after them. */

import { cut, duration, timeOfDay } from "../../core/format.js";
import { parseDuration, parseTime } from "../../core/spans.js";
import { KINDS } from "../../core/vocabulary.js";
import { STATE_WORDS } from "../../core/words.js";

/**
 * @typedef {object} Field
 * @property {string} name of the API
 * @property {string} word
 * @property {string} hint
 * @property {"function" | "queue" | "worker" | "error_type"} [suggest] where values come from
 * @property {string[]} [examples] values that are always suggested
 * @property {(text: string, now: number) => string | null} [parse] what is typed as the API has it; null: not that
 * @property {(value: string) => string} [show] the API's value for people
 */

const LONGEST_CHIP = 60;
const DURATIONS = ["100 ms", "1 s", "10 s", "1 min", "10 min", "1 h"];
const AGO = ["5 min", "1 h", "6 h", "1 d", "7 d"];

const aDuration = {
  examples: DURATIONS,
  parse: (/** @type {string} */ text) => asText(parseDuration(text)),
  show: (/** @type {string} */ value) => duration(Number(value)),
};
const aTime = {
  examples: AGO,
  parse: (/** @type {string} */ text, /** @type {number} */ now) => asText(parseTime(text, now)),
  show: (/** @type {string} */ value) => timeOfDay(Number(value), Date.now()),
};

/** In the order of the list. @type {readonly Field[]} */
export const FIELDS = [
  { name: "q", word: "text", hint: "in the id, the function, the arguments or the error" },
  { name: "state", word: "state", hint: "failed, queued …", examples: KINDS.filter((kind) => kind !== "not_found").map((kind) => STATE_WORDS[kind]) },
  { name: "function", word: "function", hint: "its name", suggest: "function" },
  { name: "queue", word: "queue", hint: "its name", suggest: "queue" },
  { name: "worker", word: "worker", hint: "that ran it last", suggest: "worker" },
  { name: "error_type", word: "exception", hint: "its type", suggest: "error_type" },
  { name: "error", word: "error", hint: "text in its type or message" },
  { name: "batch", word: "batch", hint: "its id" },
  { name: "job_id", word: "id", hint: "the whole id" },
  { name: "since", word: "since", hint: "1 h ago, or 2026-11-25 14:30", ...aTime },
  { name: "until", word: "until", hint: "1 h ago, or 2026-11-25 14:30", ...aTime },
  { name: "min_run", word: "ran at least", hint: "5 s", ...aDuration },
  { name: "max_run", word: "ran at most", hint: "5 s", ...aDuration },
  { name: "min_wait", word: "waited at least", hint: "5 s", ...aDuration },
  { name: "max_wait", word: "waited at most", hint: "5 s", ...aDuration },
];

/** It comes with links, and is not typed. @type {Field} */
const FAILURE = { name: "fingerprint", word: "failure", hint: "" };

/**
 * @param {string} typed
 * @returns {{field: Field, text: string} | null} the field that is named before a colon, and what comes after it
 */
export function typedField(typed) {
  const colon = typed.indexOf(":");
  if (colon === -1) return null;
  const field = FIELDS.find(({ word }) => word === typed.slice(0, colon).trim().toLowerCase());
  return field ? { field, text: typed.slice(colon + 1).trim() } : null;
}

/**
 * @param {string} name of the API
 * @param {string} value
 * @returns {string} such as "function: send_mail"
 */
export function chipText(name, value) {
  const field = [...FIELDS, FAILURE].find((one) => one.name === name);
  return `${field?.word ?? name}: ${cut(field?.show?.(value) ?? value, LONGEST_CHIP).text}`;
}

/** @param {number | null} number */
function asText(number) {
  return number === null ? null : String(number);
}
