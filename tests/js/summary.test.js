import assert from "node:assert/strict";
import { test } from "node:test";
import { fractionOf, kindOf, summarise } from "../../src/arqlight/web/static/js/core/summary.js";
import { job } from "./make.js";

const running = (fraction, start_ms = 0) =>
  job({ status: "in_progress", start_ms, progress: { fraction, done: null, total: null, message: null } });
const done = (outcome) => job({ status: "complete", outcome, start_ms: 0, finish_ms: 1000 });

test("a summary counts jobs by outcome where they are complete, by status otherwise", () => {
  const { total, counts, done: finished } = summarise(
    [job(), running(0.5), done("succeeded"), done("failed"), job({ status: "not_found" }), job({ status: "deferred" })],
    2000,
  );
  assert.equal(total, 6);
  assert.equal(finished, 3);
  assert.deepEqual(counts, {
    deferred: 1, queued: 1, in_progress: 1, succeeded: 1, failed: 1, aborted: 0, expired: 0, not_found: 1,
  });
});

test("a job that is gone counts as done: nothing more will happen to it", () => {
  assert.equal(fractionOf(job({ status: "not_found" })), 1);
  assert.equal(kindOf(job({ status: "not_found" })), "not_found");
});

test("nothing says how much time is left before a job has got anywhere", () => {
  assert.equal(summarise([job(), job()], 2000).left_ms, null);
  assert.equal(summarise([running(0), job()], 2000).left_ms, null);
});

test("nothing is left when all are done", () => {
  assert.equal(summarise([done("succeeded"), done("failed")], 2000).left_ms, null);
});

test("while jobs wait, the pace of the whole tells the time left", () => {
  // A quarter of the four jobs took 1 s, so the other three quarters take 3 s.
  assert.equal(summarise([running(0.5), running(0.5), job(), job()], 1000).left_ms, 3000);
});

test("once all that is left runs, the slowest tells the time left", () => {
  assert.equal(summarise([done("succeeded"), running(0.5), running(0.25)], 1000).left_ms, 3000);
  assert.equal(summarise([done("succeeded"), running(0.5, 9000)], 10_000).left_ms, 1000);
});

test("a summary of nothing is empty", () => {
  const { total, done: finished, fraction, left_ms } = summarise([], 1000);
  assert.deepEqual([total, finished, fraction, left_ms], [0, 0, 0, null]);
});
