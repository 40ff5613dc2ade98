import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEvents } from "../../src/arqlight/web/static/js/core/store.js";
import { concerns, topicKey, topicsQuery } from "../../src/arqlight/web/static/js/core/topics.js";
import { job, known } from "./make.js";

const watching = (...topics) => new Map(topics.map((topic) => [topicKey(topic), topic]));
const of = (kind, id) => ({ kind, id });
const started = { event: "started", job_id: "one", queue: "slow", worker_id: "w1" };
const paused = { event: "paused", job_id: "", queue: "slow" };
const none = new Set();

test("the stream is asked for each topic, and for everything by naming nothing", () => {
  assert.equal(String(topicsQuery([of("batch", "a&b"), of("queue", "slow"), of("worker", "w1")])), "batch=a%26b&queue=slow&worker=w1");
  assert.equal(String(topicsQuery([of("job", "one"), of("all", "")])), "");
});

test("an event goes to who watches its job, its batch's jobs, its queue, its worker, or everything", () => {
  assert.ok(concerns(started, watching(of("job", "one")), none));
  assert.ok(concerns(started, watching(of("batch", "b")), new Set(["one"])));
  assert.ok(concerns(started, watching(of("queue", "slow")), none));
  assert.ok(concerns(started, watching(of("worker", "w1")), none));
  assert.ok(concerns(started, watching(of("all", "")), none));
  assert.ok(!concerns(started, watching(of("job", "two"), of("queue", "fast"), of("worker", "w2")), new Set(["two"])));
});

test("an event about a queue goes to who watches the queue, and to nobody who watches a job", () => {
  assert.ok(concerns(paused, watching(of("queue", "slow")), none));
  assert.ok(!concerns(paused, watching(of("job", "one")), new Set(["one", ""])));
});

test("events about no job, and those that nobody knows, change no job", () => {
  const before = known(job({ job_id: "one" }));
  const after = applyEvents(before, [paused, { ...paused, job_id: "one", event: "from the future", id: "9-9" }]);
  assert.equal(after.get("one"), before.get("one"));
  assert.equal(after.size, 1);
});
