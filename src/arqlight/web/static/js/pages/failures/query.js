// @ts-check
/** Which groups of failures the address names: the API's own names of filters, the span of time, and the page. */

import { queryOf } from "../../core/client.js";
import { spanNamed } from "../../core/series.js";

/**
 * @typedef {import("../../core/series.js").SpanName} SpanName
 * @typedef {"last" | "total"} Sort
 * @typedef {{functions: string[], q: string, span: SpanName, sort: Sort, cursor: string | null}} FailuresQuery
 */

const FIRST_SPAN = "day";

/**
 * @param {string} search the part of an address from its question mark
 * @returns {FailuresQuery}
 */
export function ofAddress(search) {
  const query = new URLSearchParams(search);
  return {
    functions: [...new Set(query.getAll("function").filter((name) => name !== ""))],
    q: query.get("q") ?? "",
    span: spanNamed(query.get("span"), FIRST_SPAN),
    sort: query.get("sort") === "total" ? "total" : "last",
    cursor: query.get("cursor"),
  };
}

/**
 * @param {FailuresQuery} query
 * @returns {string} with its question mark, or ""
 */
export function toAddress({ functions, q, span, sort, cursor }) {
  const text = String(queryOf({ function: functions, q, span: span === FIRST_SPAN ? "" : span, sort: sort === "last" ? "" : sort, cursor }));
  return text && `?${text}`;
}
