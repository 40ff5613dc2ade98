// @ts-check
/** Lists that are asked for again, and what the pages about functions say. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { rateText, retryText, signature, typeText } from "../../src/arqlight/web/static/js/core/functions.js";
import { bytes } from "../../src/arqlight/web/static/js/core/format.js";
import { barsOf } from "../../src/arqlight/web/static/js/core/histogram.js";
import { steady } from "../../src/arqlight/web/static/js/core/steady.js";

const keyOf = (/** @type {{id: string}} */ { id }) => id;

test("rows keep their places, new ones come after them, and those that are gone leave", () => {
  const known = [{ id: "b", n: 1 }, { id: "a", n: 1 }, { id: "c", n: 1 }];
  const rows = steady(known, [{ id: "a", n: 2 }, { id: "d", n: 1 }, { id: "b", n: 1 }], keyOf);
  assert.deepEqual(rows, [{ id: "b", n: 1 }, { id: "a", n: 2 }, { id: "d", n: 1 }]);
  assert.equal(rows[0], known[0], "a row that says the same is the same object");
});

test("a list that says the same is the same object", () => {
  const known = [{ id: "a" }, { id: "b" }];
  assert.equal(steady(known, [{ id: "b" }, { id: "a" }], keyOf), known);
});

test("a histogram has its empty bars", () => {
  const bars = barsOf([[1, 2, 5], [8, 16, 1]]);
  assert.deepEqual(bars.map(({ from, count }) => [from, count]), [[1, 5], [2, 0], [4, 0], [8, 1]]);
});

test("a histogram that begins with 0 ends", () => {
  const bars = barsOf([[0, 1, 2], [4, 8, 3]]);
  assert.deepEqual(bars.map(({ from, to, count }) => [from, to, count]), [[0, 1, 2], [1, 2, 0], [2, 4, 0], [4, 8, 3]]);
});

test("parameters are told as one says them", () => {
  const parameters = {
    properties: {
      to: { type: "string" },
      sizes: { type: "array", items: { type: "integer" } },
      until: { anyOf: [{ type: "number" }, { type: "null" }] },
      kind: { enum: ["a", "b"] },
      address: { $ref: "#/$defs/Address" },
      rest: {},
    },
    required: ["to", "rest"],
    additionalProperties: false,
  };
  assert.equal(
    signature("send", parameters),
    'send(to: text, sizes?: list of integer, until?: number or null, kind?: "a" or "b", address?: Address, rest: anything)',
  );
  assert.equal(signature("echo", { properties: {}, additionalProperties: true }), "echo(…)");
  assert.equal(typeText({ type: "array" }), "list");
});

test("when a function is tried again is told in a sentence", () => {
  const retry = { delay_s: 2, backoff: 2, max_delay_s: 3600, on: ["TimeoutError"] };
  const text = (/** @type {string} */ said) => said.replaceAll("\u00a0", " ");
  assert.equal(text(retryText({ max_tries: 4, retry })), "Up to 4 tries. After TimeoutError again, 2 s, 4 s and 8 s later.");
  assert.equal(text(retryText({ max_tries: 2, retry })), "Up to 2 tries. After TimeoutError again, 2 s later.");
  assert.match(text(retryText({ max_tries: 9, retry })), /16 s … later\.$/);
  assert.match(retryText({ max_tries: 3, retry: { ...retry, on: ["Exception"] } }), /After any exception again/);
  assert.match(retryText({ max_tries: 5, retry: null }), /^Up to 5 tries\. An exception fails it at once/);
  assert.equal(retryText({ max_tries: 1, retry: null }), "1 try.");
  assert.equal(retryText({ max_tries: null, retry: null }), "");
});

test("a rate that is not nothing does not look so", () => {
  assert.deepEqual([null, 0, 0.0001, 0.0123, 0.5, 1].map(rateText), ["–", "0\u00a0%", "<\u00a00.1\u00a0%", "1.2\u00a0%", "50\u00a0%", "100\u00a0%"]);
});

test("bytes are told in the unit that fits", () => {
  assert.deepEqual([84_600, 12_400_000, 1_440_000_000].map(bytes), ["85\u00a0kB", "12\u00a0MB", "1.4\u00a0GB"]);
});
