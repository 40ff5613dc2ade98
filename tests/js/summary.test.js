import assert from "node:assert/strict";
import { test } from "node:test";
import { isFinal, kindOf, summarise } from "../../src/arqlight/web/static/js/core/summary.js";
import { job } from "./make.js";

const done = (outcome) => job({ status: "complete", outcome, start_ms: 0, finish_ms: 1000 });

test("a summary counts jobs by outcome where they are complete, by status otherwise", () => {
  const running = job({ status: "in_progress", start_ms: 0 });
  const { total, counts, done: finished } = summarise(
    [job(), running, done("succeeded"), done("failed"), job({ status: "not_found" }), job({ status: "deferred" })],
    null,
  );
  assert.equal(total, 6);
  assert.equal(finished, 3);
  assert.deepEqual(counts, {
    deferred: 1, queued: 1, in_progress: 1, succeeded: 1, failed: 1, aborted: 0, expired: 0, not_found: 1,
  });
});

test("a job that is gone counts as done: nothing more will happen to it", () => {
  assert.equal(isFinal(job({ status: "not_found" })), true);
  assert.equal(kindOf(job({ status: "not_found" })), "not_found");
});

test("nothing is left when all are done", () => {
  assert.equal(summarise([done("succeeded"), done("failed")], 2000).left_ms, null);
  assert.equal(summarise([done("succeeded"), job()], 2000).left_ms, 2000);
});

test("a summary of nothing is empty", () => {
  const { total, done: finished, left_ms } = summarise([], null);
  assert.deepEqual([total, finished, left_ms], [0, 0, null]);
});
