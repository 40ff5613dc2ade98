import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedEnds, timeLeft } from "../../src/arqlight/web/static/js/core/estimate.js";
import { job } from "./make.js";

let next = 0;
const one = (fields) => job({ job_id: `job-${(next += 1)}`, ...fields });
const queued = (fields = {}) => one({ due_ms: next, ...fields });
const running = (start_ms, fraction = null, progress_ms = null) =>
  one({ status: "in_progress", start_ms, progress: fraction && { fraction, done: null, total: null, message: null }, progress_ms });
const took = (ms, fields = {}) => one({ status: "complete", outcome: "succeeded", start_ms: 0, finish_ms: ms, ...fields });
const left = (jobs, now, of = jobs) => timeLeft(expectedEnds(jobs, now), of.map(({ job_id }) => job_id), now);

test("nothing says how much time is left before a job has got anywhere", () => {
  assert.equal(left([queued(), queued()], 2000), null);
  assert.equal(left([running(1000), queued()], 2000), null);
});

test("nothing is left when all are done", () => {
  assert.equal(left([took(1000)], 2000), null);
});

test("a running job is expected to take as long as its function's jobs did", () => {
  assert.equal(left([took(2000), took(4000), running(5000)], 6000), 2000);
  assert.equal(left([took(2000), running(5000)], 9000), 0);
});

test("by its progress a job is known better than by its function", () => {
  assert.equal(left([took(60_000), running(0, 0.5, 4000)], 4000), 4000);
});

test("what a report told does not grow while no other comes", () => {
  assert.equal(left([running(0, 0.5, 4000)], 7000), 1000);
});

test("jobs that wait take the slots as they get free", () => {
  // Two slots, 1 s each: three more rounds of two.
  const jobs = [took(1000), running(0), running(0), ...Array.from({ length: 6 }, () => queued())];
  assert.equal(left(jobs, 0), 4000);
});

test("a batch that waits behind another one ends after it", () => {
  const first = [running(0), queued()];
  const second = [queued(), queued()];
  const jobs = [took(1000), ...first, ...second];
  assert.equal(left(jobs, 0, first), 2000);
  assert.equal(left(jobs, 0, second), 4000);
  assert.equal(left(jobs, 0), 4000);
});

test("a deferred job starts when it is due", () => {
  assert.equal(left([took(1000), running(0), one({ status: "deferred", due_ms: 60_000 })], 0), 61_000);
});

test("jobs of functions of which nothing is known are left out", () => {
  assert.equal(left([took(1000), running(0), queued({ function: "other" })], 0), 1000);
});
