import assert from "node:assert/strict";
import { test } from "node:test";
import { summarise } from "../../src/arqlight/web/static/js/core/summary.js";
import * as words from "../../src/arqlight/web/static/js/core/words.js";
import { job } from "./make.js";

/** Text with plain spaces, as one compares it. */
const plain = (text) => text.replaceAll("\u00a0", " ");
const remark = (fields, now = 2000) => plain(words.remark(job(fields), now));
const jobs = (number, fields) => Array.from({ length: number }, () => job(fields));
const done = { status: "complete", outcome: "succeeded", finish_ms: 1500 };
const failed = { ...done, outcome: "failed" };

test("what happened to a job is said in words", () => {
  assert.equal(remark({}), "");
  assert.equal(remark({ status: "in_progress", job_try: 1 }), "");
  assert.equal(remark(done), "");
  assert.equal(remark(failed), "");
  assert.equal(remark({ status: "not_found" }), "its record has expired, or was deleted");
  assert.equal(remark({ status: "in_progress", job_try: 2 }), "try 2");
  assert.equal(remark({ note: "lost", job_try: 1 }), "try 1 lost with its worker");
  assert.equal(remark({ note: "released" }), "handed back by its worker");
  assert.equal(remark({ status: "in_progress", note: "abort_ignored" }), "was asked to stop, runs on");
});

test("a waiting job says when it goes on", () => {
  assert.equal(remark({ status: "deferred", due_ms: 14_000 }), "starts in 12 s");
  assert.equal(remark({ status: "deferred", due_ms: 5000, job_try: 1, note: "retrying" }), "retrying in 3 s, try 2");
  assert.equal(remark({ status: "queued", job_try: 1, note: "retrying" }), "retrying, try 2");
});

test("a retrying job says so too when the page came later than that event", () => {
  assert.equal(remark({ status: "deferred", due_ms: 5000, job_try: 1 }), "retrying in 3 s, try 2");
});

test("a job waited from its enqueueing, or from when it was due, to its start", () => {
  assert.equal(plain(words.waited(job({ enqueue_ms: 1000, due_ms: 1000, start_ms: 1250 }), 0)), "250 ms");
  assert.equal(plain(words.waited(job({ enqueue_ms: 1000, due_ms: 9000, start_ms: 9100 }), 0)), "100 ms");
  assert.equal(plain(words.waited(job({ enqueue_ms: 1000, due_ms: 1000 }), 5000)), "4 s");
  assert.equal(words.waited(job({ status: "deferred", due_ms: 9000 }), 5000), "");
  assert.equal(words.waited(job({ enqueue_ms: null }), 5000), "");
});

test("a due time after the start is a lease's, and says nothing of the wait", () => {
  assert.equal(plain(words.waited(job({ enqueue_ms: 1000, due_ms: 90_000, start_ms: 1250 }), 2000)), "250 ms");
});

test("a job ran from its start to its end, or runs until now", () => {
  assert.equal(plain(words.ran(job({ ...done, start_ms: 1000, finish_ms: 4200 }), 0)), "3.2 s");
  assert.equal(plain(words.ran(job({ status: "in_progress", start_ms: 1000 }), 4000)), "3 s");
  assert.equal(words.ran(job(), 4000), "");
});

test("progress shows its part, its message, or its count", () => {
  const text = (progress) => words.progressText(job({ status: "in_progress", progress: { fraction: null, done: null, total: null, message: null, ...progress } }));
  assert.equal(text({ fraction: 0.999 }), "99 %");
  assert.equal(text({ fraction: 0.4, message: "4 of 10" }), "40 % · 4 of 10");
  assert.equal(text({ done: 7 }), "7");
  assert.equal(text({ message: "warming up" }), "warming up");
  assert.equal(words.progressText(job()), "");
});

test("the whole is said as done of total, what went wrong, and the time left", () => {
  const running = { status: "in_progress", start_ms: 0, progress: { fraction: 0.25, done: null, total: null, message: null } };
  const summary = summarise([...jobs(1, done), ...jobs(2, failed), job(running)], 12_000);
  assert.equal(plain(words.standing(summary)), "3 of 4 done, 2 failed, about 12 s left");
});

test("nothing is said of nothing", () => {
  assert.equal(words.standing(summarise([], null)), "");
});

test("a traceback is offered where there is one", () => {
  assert.equal(words.hasTraceback({ type: "ValueError", message: "no", traceback: 'Traceback …\n  File "a.py", line 1' }), true);
  assert.equal(words.hasTraceback({ type: "ValueError", message: "no" }), true); // left out of the event
  assert.equal(words.hasTraceback({ type: "arq.worker.JobExecutionFailed", message: "job expired" }), false);
  assert.equal(words.hasTraceback({ type: "ValueError", message: "no", traceback: "ValueError: no" }), false);
});

test("of a running job it is not said how long it waited: who comes later cannot know", () => {
  assert.equal(words.waited(job({ status: "in_progress", enqueue_ms: 1000, start_ms: 90_000 }), 95_000), "");
});

test("the title counts, and leaves nothing behind when nothing is shown", () => {
  assert.equal(words.pageTitle(summarise([...jobs(1, done), ...jobs(2)], null), "Tasks"), "1/3 - Tasks");
  assert.equal(words.pageTitle(summarise([...jobs(1, failed), ...jobs(2)], null), "Tasks"), "1/3, 1 failed - Tasks");
  assert.equal(words.pageTitle(summarise([], null), "Tasks"), "Tasks");
});

test("a screen reader hears the start, each quarter and the end, not each job", () => {
  const at = (number) => summarise([...jobs(number, done), ...jobs(100 - number)], null);
  const heard = [];
  let before = summarise([], null);
  for (let number = 0; number <= 100; number += 1) {
    const text = words.announcement(before, at(number));
    if (text) heard.push(plain(text));
    before = at(number);
  }
  assert.deepEqual(heard, [
    "100 jobs added. 0 of 100 done.",
    "25 of 100 done.",
    "50 of 100 done.",
    "75 of 100 done.",
    "All done: 100 succeeded.",
  ]);
});

test("what is hidden is no news to a screen reader", () => {
  assert.equal(words.announcement(summarise([...jobs(2, done), ...jobs(2)], null), summarise(jobs(2, done), null)), "");
});

test("a screen reader hears what went wrong", () => {
  const end = summarise([...jobs(3, done), ...jobs(1, failed)], null);
  assert.equal(words.announcement(summarise(jobs(4), null), end), "All done: 3 succeeded, 1 failed.");
});
