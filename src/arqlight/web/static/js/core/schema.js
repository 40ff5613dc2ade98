// @ts-check
/** A function's parameters, as JSON Schema has them, as fields of a form; and what is typed as values. Pure functions. */

/**
 * @typedef {Record<string, any>} Schema
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {"text" | "integer" | "number" | "boolean" | "choice" | "json"} kind
 * @property {boolean} isRequired
 * @property {boolean} mayBeNull
 * @property {unknown[]} choices of a `choice`
 * @property {Schema} schema
 *
 * @typedef {{value: unknown} | {isLeftOut: true} | {problem: string}} Read
 */

/**
 * @param {Schema} parameters
 * @returns {Field[]}
 */
export function fieldsOf(parameters) {
  const required = new Set(parameters.required ?? []);
  return Object.entries(parameters.properties ?? {}).map(([name, schema]) => fieldOf(name, schema, required.has(name)));
}

/**
 * @param {string} name
 * @param {Schema} whole
 * @param {boolean} isRequired
 * @returns {Field}
 */
function fieldOf(name, whole, isRequired) {
  const options = (whole.anyOf ?? []).filter((/** @type {Schema} */ one) => one.type !== "null");
  const mayBeNull = options.length < (whole.anyOf ?? []).length;
  const named = options.length === 1 ? options[0] : whole;
  const schema = named.$ref ? (whole.$defs?.[named.$ref.split("/").at(-1)] ?? named) : named;
  const choices = schema.enum ?? ("const" in schema ? [schema.const] : []);
  const kinds = /** @type {Record<string, Field["kind"]>} */ ({ string: "text", integer: "integer", number: "number", boolean: "boolean" });
  const kind = choices.length > 0 ? "choice" : (kinds[schema.type] ?? "json");
  return { name, kind, isRequired, mayBeNull, choices, schema };
}

/**
 * @param {Field} field
 * @param {string} typed
 * @returns {Read}
 */
export function readField(field, typed) {
  if (typed === "" && !(field.kind === "text" && field.isRequired)) return readNothing(field);
  const read = READERS[field.kind](typed, field);
  return "value" in read ? checked(read, field.schema) : read;
}

/**
 * @param {Field} field
 * @returns {Read}
 */
function readNothing(field) {
  if (!field.isRequired) return { isLeftOut: true };
  return field.mayBeNull ? { value: null } : { problem: "This is needed." };
}

/** @type {Record<Field["kind"], (typed: string, field: Field) => Read>} */
const READERS = {
  text: (typed) => ({ value: typed }),
  integer: (typed) => (/^\s*[-+]?\d+\s*$/.test(typed) ? { value: Number(typed) } : { problem: "This has to be a whole number." }),
  number: (typed) => (typed.trim() !== "" && Number.isFinite(Number(typed)) ? { value: Number(typed) } : { problem: "This has to be a number." }),
  boolean: (typed) => ({ value: typed === "true" }),
  choice: (typed, field) => ({ value: field.choices[Number(typed)] }),
  json: readJson,
};

/**
 * @param {string} typed
 * @param {Pick<Field, "schema">} field
 * @returns {Read}
 */
export function readJson(typed, { schema }) {
  try {
    const value = JSON.parse(typed);
    const type = Array.isArray(value) ? "array" : typeof value;
    if ((schema.type === "array" || schema.type === "object") && type !== schema.type) {
      return { problem: `This has to be JSON of an ${schema.type}, such as ${schema.type === "array" ? "[1, 2]" : '{"a": 1}'}.` };
    }
    return { value };
  } catch {
    return { problem: 'This has to be JSON: text stands in quotes, such as "hello".' };
  }
}

/**
 * @param {{value: any}} read
 * @param {Schema} schema
 * @returns {Read}
 */
function checked({ value }, { minimum, maximum, minLength, maxLength, pattern }) {
  if (minimum !== undefined && value < minimum) return { problem: `The least is ${minimum}.` };
  if (maximum !== undefined && value > maximum) return { problem: `The most is ${maximum}.` };
  if (minLength !== undefined && value.length < minLength) return { problem: `It takes ${minLength} characters at least.` };
  if (maxLength !== undefined && value.length > maxLength) return { problem: `It takes ${maxLength} characters at most.` };
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value)) return { problem: `It has to match ${pattern}.` };
  return { value };
}

/**
 * @param {Field} field
 * @param {unknown} value
 * @returns {string} as one would have typed it
 */
export function typedOf(field, value) {
  if (value === undefined || (value === null && field.kind !== "json")) return "";
  if (field.kind === "choice") return String(field.choices.findIndex((one) => JSON.stringify(one) === JSON.stringify(value)));
  return field.kind === "json" ? JSON.stringify(value, null, 2) : String(value);
}
