import assert from "node:assert/strict";
import { test } from "node:test";
import { effect } from "@preact/signals-core";
import { Model } from "../../src/arqlight/web/static/js/pages/task/model.js";
import { createResultLoader } from "../../src/arqlight/web/static/js/pages/task/omitted.js";
import { applyEvents } from "../../src/arqlight/web/static/js/core/store.js";
import { event, job, known } from "./make.js";

function twoBatches() {
  const model = new Model();
  model.setJobs(known(job({ job_id: "a" }), job({ job_id: "b" }), job({ job_id: "c" })));
  const topic = (id, job_ids) => ({ kind: "batch", id, state: "ready", after: "1-0", job_ids });
  model.topics.value = [topic("new", ["c"]), topic("old", ["a", "b"])];
  return model;
}

const rowsOf = (model) => model.sections.value.flatMap(({ ids }) => ids);
const succeeded = event("succeeded", 1300, { job_try: 1, finish_ms: 1300, result: 7 });

test("the newest batch's rows come first", () => {
  assert.deepEqual(rowsOf(twoBatches()), ["c", "a", "b"]);
});

test("a job that is shown twice, by its batch and by itself, has one row and counts once", () => {
  const model = twoBatches();
  model.topics.value = [{ kind: "job", id: "a", state: "ready", after: "1-0", job_ids: ["a"] }, ...model.topics.value];
  assert.deepEqual(rowsOf(model), ["a", "c", "b"]);
  assert.equal(model.whole.value.total, 3);
});

test("an event about one job renders that job's row only, and not the list of rows", () => {
  const model = twoBatches();
  const renders = { a: 0, b: 0, rows: 0 };
  effect(() => void (model.job("a"), (renders.a += 1)));
  effect(() => void (model.job("b"), (renders.b += 1)));
  effect(() => void (model.sections.value, (renders.rows += 1)));
  model.setJobs(applyEvents(model.jobs, [succeeded]));
  assert.deepEqual(renders, { a: 2, b: 1, rows: 1 });
});

test("each batch has its own summary, and the whole has all", () => {
  const model = twoBatches();
  model.setJobs(applyEvents(model.jobs, [succeeded]));
  assert.equal(model.summaries.value.get("batch:old").done, 1);
  assert.equal(model.summaries.value.get("batch:new").done, 0);
  assert.equal(model.whole.value.done, 1);
});

test("a filter shows the jobs of its kind, as they become so", () => {
  const model = twoBatches();
  model.view.value = { show: "succeeded", hidesDone: false };
  assert.deepEqual(rowsOf(model), []);
  model.setJobs(applyEvents(model.jobs, [succeeded]));
  assert.deepEqual(rowsOf(model), ["a"]);
});

test("under each batch, the jobs that failed come first", () => {
  const model = twoBatches();
  model.setJobs(applyEvents(model.jobs, [event("failed", 1300, { job_id: "b", job_try: 1, finish_ms: 1300 })]));
  assert.deepEqual(rowsOf(model), ["c", "b", "a"]);
});

test("those that are finished can be hidden", () => {
  const model = twoBatches();
  model.setJobs(applyEvents(model.jobs, [succeeded]));
  model.view.value = { show: "all", hidesDone: true };
  assert.deepEqual(rowsOf(model), ["c", "b"]);
});

test("details stay open while their row comes and goes", () => {
  const model = twoBatches();
  model.toggle("a");
  model.view.value = { show: "failed", hidesDone: false };
  model.view.value = { show: "all", hidesDone: false };
  assert.equal(model.open.value.has("a"), true);
  model.toggle("a");
  assert.equal(model.open.value.has("a"), false);
});

test("a filtered list is not rendered again while its rows are the same", () => {
  const model = twoBatches();
  model.view.value = { show: "queued", hidesDone: false };
  let renders = 0;
  effect(() => void (model.sections.value, (renders += 1)));
  model.setJobs(new Map([...model.jobs].map(([id, one]) => [id, { ...one }])));
  assert.equal(renders, 1);
});

test("results left out of events are fetched once each, four at a time", async () => {
  const asked = [];
  const release = [];
  const load = createResultLoader((id) => {
    asked.push(id);
    return new Promise((resolve) => release.push(() => resolve("")));
  });
  load(["1", "2", "3"]);
  load(["3", "4", "5", "6"]);
  assert.deepEqual(asked, ["1", "2", "3", "4"]);
  while (release.length) {
    release.shift()();
    await new Promise(setImmediate);
  }
  assert.deepEqual(asked, ["1", "2", "3", "4", "5", "6"]);
});
