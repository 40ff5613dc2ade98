import assert from "node:assert/strict";
import { test } from "node:test";
import { countsIn, placed, spanNamed, stacked, stepsOf } from "../../src/arqlight/web/static/js/core/series.js";

test("steps are whole, and the last one has the end in it", () => {
  assert.deepEqual(stepsOf(1_250, 4_010, 1_000), { from: 1_000, count: 4, stepMs: 1_000 });
  assert.deepEqual(stepsOf(1_000, 4_000, 1_000), { from: 1_000, count: 3, stepMs: 1_000 });
  assert.equal(stepsOf(1_000, 1_000, 1_000).count, 1);
});

test("each step has a place, also those in which nothing happened", () => {
  const steps = { from: 1_000, count: 4, stepMs: 1_000 };
  assert.deepEqual(countsIn([[1_000, 2], [3_000, 5]], steps), [2, 0, 5, 0]);
  const points = [{ at: 0 }, { at: 2_000 }, { at: 9_000 }];
  assert.deepEqual(placed(points, steps, ({ at }) => at, "empty"), ["empty", { at: 2_000 }, "empty", "empty"]);
});

test("layers stand on those below them", () => {
  assert.deepEqual(stacked([[1, 2], [0, 3], [4, 0]]), [[1, 2], [1, 5], [5, 5]]);
  assert.deepEqual(stacked([]), []);
});

test("an address may name a span of time, and no other word", () => {
  assert.equal(spanNamed("week", "day"), "week");
  assert.equal(spanNamed("toString", "day"), "day");
  assert.equal(spanNamed(null, "hour"), "hour");
});
