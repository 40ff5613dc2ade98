// @ts-check
/** What is known of functions, in words. Pure functions. */

import { duration, wholeSeconds } from "./format.js";

/**
 * @typedef {{p50: number | null, p95: number | null, p99: number | null}} Percentiles
 * @typedef {{delay_s: number, backoff: number, max_delay_s: number, on: string[]}} Retry
 *
 * @typedef {object} FunctionLine as `/api/functions` has it; calls, failed and percentiles are of the last 24 hours
 * @property {string} name
 * @property {string[]} queues
 * @property {number} workers
 * @property {import("./schema.js").Schema | null} parameters null while no worker has it
 * @property {string | null} doc
 * @property {number | null} max_tries
 * @property {number | null} timeout_s
 * @property {Retry | null} retry
 * @property {number} calls
 * @property {number} failed
 * @property {number | null} failure_rate
 * @property {Percentiles} wait
 * @property {Percentiles} run
 * @property {Record<string, number>} counts
 * @property {[number, number][]} series how many ended in each hour of the last day
 *
 * @typedef {FunctionLine & {histogram: [number, number, number][]}} FunctionDetail
 */

const MOST_DELAYS = 4;
const MOST_KINDS = 4;

/**
 * @param {import("./schema.js").Schema} schema of one parameter
 * @returns {string} its type as one says it, such as "text", "list of integer", "text or null"
 */
export function typeText(schema) {
  if (schema.$ref) return String(schema.$ref).split("/").at(-1) ?? "";
  const either = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(either)) return [...new Set(either.map(typeText))].slice(0, MOST_KINDS).join(" or ");
  if (schema.enum) return schema.enum.map((/** @type {unknown} */ value) => JSON.stringify(value)).join(" or ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.type === "array") return schema.items && Object.keys(schema.items).length > 0 ? `list of ${typeText(schema.items)}` : "list";
  const words = /** @type {Record<string, string>} */ ({ string: "text", object: "object", null: "null" });
  return words[schema.type] ?? schema.type ?? "anything";
}

/**
 * @param {string} name
 * @param {import("./schema.js").Schema} parameters
 * @returns {string} how it is called, such as "send_mail(to: text, template?: text)"
 */
export function signature(name, parameters) {
  const required = new Set(parameters.required ?? []);
  const parts = Object.entries(parameters.properties ?? {}).map(
    ([parameter, schema]) => `${parameter}${required.has(parameter) ? "" : "?"}: ${typeText(schema)}`,
  );
  if (parameters.additionalProperties !== false) parts.push("…");
  return `${name}(${parts.join(", ")})`;
}

/**
 * @param {{max_tries: number | null, retry: Retry | null}} rules
 * @returns {string} when it is tried again
 */
export function retryText({ max_tries, retry }) {
  if (max_tries === null) return "";
  if (max_tries === 1) return "1 try.";
  const tries = `Up to ${max_tries} tries.`;
  if (retry === null) return `${tries} An exception fails it at once; it is tried again when it raises Retry, or its worker is lost.`;
  const on = retry.on.includes("Exception") ? "any exception" : retry.on.join(" or ");
  return `${tries} After ${on} again, ${delaysText(max_tries, retry)} later.`;
}

/**
 * @param {number} tries
 * @param {Retry} retry
 * @returns {string} the pauses before the tries, such as "2 s, 4 s and 8 s"
 */
function delaysText(tries, { delay_s, backoff, max_delay_s }) {
  const delays = Array.from({ length: Math.min(tries - 1, MOST_DELAYS) }, (_, index) => Math.min(delay_s * backoff ** index, max_delay_s));
  const texts = delays.map((delay) => (Number.isInteger(delay) ? wholeSeconds : duration)(delay * 1000));
  if (new Set(texts).size === 1) return texts[0] ?? "";
  return tries - 1 > MOST_DELAYS ? `${texts.join(", ")} …` : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}

/**
 * @param {number | null} rate from 0 to 1
 * @returns {string} in per cent; what is not 0 does not look so
 */
export function rateText(rate) {
  if (rate === null) return "–";
  if (rate > 0 && rate < 0.001) return "<\u00a00.1\u00a0%";
  return `${Number((rate * 100).toFixed(rate < 0.1 ? 1 : 0))}\u00a0%`;
}
