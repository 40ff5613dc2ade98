import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEvents, applyLoss, applySnapshot, applyTime, forgetEventIds } from "../../src/arqlight/web/static/js/core/store.js";
import { event, job, known } from "./make.js";

/** The job "a" after these events. */
const after = (start, ...events) => applyEvents(known(start), events).get("a");

const started = event("started", 1100, { job_try: 1, worker_id: "w" });
const progress = event("progress", 1200, { job_try: 1, fraction: 0.5, done: 1, total: 2, message: "half" });
const succeeded = event("succeeded", 1300, { job_try: 1, start_ms: 1100, finish_ms: 1300, result: 7 });
const failed = event("failed", 1300, { job_try: 1, start_ms: 1100, finish_ms: 1300, error: { type: "E", message: "no" } });

test("a job goes from queued to in_progress to complete as its events come", () => {
  assert.equal(after(job(), started).status, "in_progress");
  assert.deepEqual(after(job(), started, progress).progress, { fraction: 0.5, done: 1, total: 2, message: "half" });
  const done = after(job(), started, progress, succeeded);
  assert.equal(done.status, "complete");
  assert.equal(done.outcome, "succeeded");
  assert.equal(done.result, 7);
  assert.equal(done.finish_ms - done.start_ms, 200);
  assert.equal(done.progress, null);
});

test("the reducer leaves the state it is given as it was", () => {
  const before = known(job());
  applyEvents(before, [started, succeeded]);
  assert.equal(before.get("a").status, "queued");
});

test("an event that comes twice, or after later ones, changes nothing", () => {
  const done = after(job(), started, succeeded);
  assert.equal(after(done, started), done);
  assert.equal(after(done, progress), done);
  assert.equal(after(done, succeeded), done);
});

test("events of unknown jobs are left out", () => {
  assert.equal(applyEvents(known(job()), [{ ...started, job_id: "other" }]).size, 1);
});

test("events of unknown types are left out", () => {
  assert.equal(after(job(), event("invented_later", 1100)).status, "queued");
});

test("ids are compared as numbers, not as text", () => {
  const running = after(job({ event_id: "999-9" }), { ...started, id: "999-10" });
  assert.equal(running.status, "in_progress");
});

test("progress that is published late does not undo an outcome", () => {
  const late = event("progress", 1400, { job_try: 1, fraction: 0.9 });
  assert.equal(after(job(), started, succeeded, late).status, "complete");
});

test("progress of an earlier try does not count for the next one", () => {
  const second = event("started", 1500, { job_try: 2 });
  const stale = event("progress", 1600, { job_try: 1, fraction: 0.9 });
  assert.equal(after(job(), started, second, stale).progress, null);
});

test("progress tells that the job runs, where its start was dropped", () => {
  const running = after(job(), progress);
  assert.equal(running.status, "in_progress");
  assert.equal(running.job_try, 1);
});

test("a failed job has its error and no result", () => {
  const job_ = after(job(), started, failed);
  assert.equal(job_.outcome, "failed");
  assert.deepEqual(job_.error, { type: "E", message: "no" });
  assert.equal(job_.result, null);
});

test("aborted and expired jobs are complete with that outcome", () => {
  assert.equal(after(job(), event("aborted", 1100, { job_try: 0, finish_ms: 1100 })).outcome, "aborted");
  assert.equal(after(job(), event("expired", 1100, { job_try: 0, finish_ms: 1100 })).outcome, "expired");
});

test("a retrying job waits for its next try, with the error of the last one", () => {
  const retrying = event("retrying", 1300, { job_try: 1, due_ms: 5000, error: { type: "E", message: "later" } });
  const waiting = after(job(), started, progress, retrying);
  assert.equal(waiting.status, "deferred");
  assert.equal(waiting.note, "retrying");
  assert.equal(waiting.due_ms, 5000);
  assert.equal(waiting.job_try, 1);
  assert.equal(waiting.progress, null);
  assert.equal(waiting.error.message, "later");
});

test("the next try of a retried job starts clean", () => {
  const retrying = event("retrying", 1300, { job_try: 1, due_ms: 1300, error: { type: "E", message: "later" } });
  const second = event("started", 1400, { job_try: 2 });
  const running = after(job(), started, retrying, second);
  assert.equal(running.status, "in_progress");
  assert.equal(running.job_try, 2);
  assert.equal(running.error, null);
  assert.equal(running.note, null);
});

test("a lost try and a job handed back are in the queue again, and say why", () => {
  const lost = after(job(), started, event("lost", 1500, { job_try: 1, worker_id: "w" }));
  assert.equal(lost.status, "queued");
  assert.equal(lost.note, "lost");
  assert.equal(lost.job_try, 1);
  const released = after(job(), started, event("released", 1500, { job_try: 0 }));
  assert.equal(released.status, "queued");
  assert.equal(released.note, "released");
  assert.equal(released.job_try, 0);
});

test("a job that would not be aborted says so and runs on", () => {
  const running = after(job(), started, event("abort_ignored", 1500, { job_try: 1 }));
  assert.equal(running.status, "in_progress");
  assert.equal(running.note, "abort_ignored");
});

test("a deferred job that is made due is queued; one that runs is not", () => {
  const deferred = event("enqueued", 1001, { due_ms: 9000, function: "f", batch_id: null });
  const due = event("due_now", 2000, { due_ms: 2000 });
  assert.equal(after(job(), deferred).status, "deferred");
  assert.deepEqual([after(job(), deferred, due).status, after(job(), deferred, due).due_ms], ["queued", 2000]);
  assert.equal(after(job(), started, due).status, "in_progress");
});

test("a deleted job is not found any more, whatever it was", () => {
  const gone = after(job(), started, failed, event("deleted", 2000, {}));
  assert.deepEqual([gone.status, gone.outcome], ["not_found", null]);
});

test("a job enqueued anew begins again, whatever it was", () => {
  const anew = after(job(), started, failed, event("enqueued", 2000, { due_ms: 2000, function: "f", batch_id: null }));
  assert.equal(anew.status, "queued");
  assert.equal(anew.outcome, null);
  assert.equal(anew.error, null);
  assert.equal(anew.job_try, 0);
  assert.equal(anew.enqueue_ms, 2000);
});

test("a job enqueued for later is deferred until it is due", () => {
  const deferred = after(job(), event("enqueued", 2000, { due_ms: 9000 }));
  assert.equal(deferred.status, "deferred");
  assert.equal(applyTime(known(deferred), 8999).get("a").status, "deferred");
  assert.equal(applyTime(known(deferred), 9000).get("a").status, "queued");
});

test("a new try of a complete job is let in, the same try is not", () => {
  const done = after(job(), started, failed);
  assert.equal(after(done, event("started", 2000, { job_try: 1 })).status, "complete");
  assert.equal(after(done, event("started", 2000, { job_try: 2 })).status, "in_progress");
});

test("a result too long for its event is marked as left out, until a snapshot brings it", () => {
  const { result: _, ...rest } = succeeded;
  const done = after(job(), started, { ...rest, result_omitted: true });
  assert.equal(done.result_omitted, true);
  const whole = applySnapshot(known(done), [{ ...done, result: "long" }], "1300-0").get("a");
  assert.equal(whole.result, "long");
  assert.equal(whole.result_omitted, false);
});

test("a snapshot older than what is known changes nothing", () => {
  const running = after(job(), started, progress);
  assert.equal(applySnapshot(known(running), [job()], "1050-0").get("a"), running);
  const done = after(job(), started, succeeded);
  assert.equal(applySnapshot(known(done), [job()], "1250-0").get("a"), done);
});

test("a newer snapshot replaces what is known", () => {
  const running = { ...job(), status: "in_progress", job_try: 1, start_ms: 1100 };
  assert.equal(applySnapshot(known(job()), [running], "1150-0").get("a").status, "in_progress");
});

test("a snapshot of the same moment does not undo an outcome", () => {
  const done = after(job(), started, succeeded);
  assert.equal(applySnapshot(known(done), [job()], "1300-0").get("a").outcome, "succeeded");
});

test("an outcome that was seen stays when the job's record has gone", () => {
  const done = after(job(), started, succeeded);
  const gone = { ...job(), status: "not_found" };
  assert.equal(applySnapshot(known(done), [gone], "9000-0").get("a").outcome, "succeeded");
});

test("an unfinished job that is not there any more has vanished", () => {
  const gone = { ...job(), status: "not_found" };
  assert.equal(applySnapshot(known(job()), [gone], "9000-0").get("a").status, "not_found");
});

test("a snapshot of a later enqueueing replaces an outcome", () => {
  const done = after(job(), started, succeeded);
  const anew = { ...job(), enqueue_ms: 5000 };
  assert.equal(applySnapshot(known(done), [anew], "9000-0").get("a").status, "queued");
});

test("a state without an id, from a plain arq worker, moves a job on but never back", () => {
  const running = { ...job(), status: "in_progress", job_try: 1, start_ms: 1100 };
  const ended = { ...job(), status: "complete", outcome: "succeeded", job_try: 1, start_ms: 1100, finish_ms: 1300, result: 7 };
  const state = (one) => ({ event: "state", job_id: "a", job: one });
  assert.equal(after(job(), state(running)).status, "in_progress");
  assert.equal(after(job(), state(running), state(ended)).result, 7);
  assert.equal(after(job(), state(ended), state(running)).status, "complete");
});

test("a state that came without its result keeps what is known and has the result fetched", () => {
  const ended = { ...job({ args: [] }), status: "complete", outcome: "succeeded", job_try: 1, finish_ms: 1300 };
  const known_ = after(job({ args: [3] }), { event: "state", job_id: "a", job: ended, result_omitted: true });
  assert.equal(known_.status, "complete");
  assert.deepEqual(known_.args, [3]);
  assert.equal(known_.result_omitted, true);
});

test("after a reset, the snapshot of a log that began anew is believed", () => {
  const running = after(job(), started);
  const gone = { ...job(), status: "not_found" };
  const reset = forgetEventIds(known(running));
  assert.equal(applySnapshot(reset, [gone], "0-0").get("a").status, "not_found");
});

test("the jobs of a batch that is gone have vanished, but those with an outcome keep it", () => {
  const done = after(job(), started, succeeded);
  assert.equal(applyLoss(known(done), ["a"]).get("a").outcome, "succeeded");
  assert.equal(applyLoss(known(after(job(), started)), ["a"]).get("a").status, "not_found");
});

test("any order of a job's events and snapshots ends in its outcome", () => {
  const running = { ...job(), status: "in_progress", job_try: 1, start_ms: 1100 };
  const steps = [
    (jobs) => applyEvents(jobs, [started]),
    (jobs) => applyEvents(jobs, [progress]),
    (jobs) => applyEvents(jobs, [succeeded]),
    (jobs) => applySnapshot(jobs, [running], "1150-0"),
    (jobs) => applySnapshot(jobs, [job()], "1050-0"),
  ];
  for (const order of permutations(steps)) {
    const end = order.reduce((jobs, step) => step(jobs), known(job())).get("a");
    assert.equal(end.outcome, "succeeded");
    assert.equal(end.result, 7);
  }
});

function permutations(items) {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) => {
    const others = items.filter((_, other) => other !== index);
    return permutations(others).map((rest) => [item, ...rest]);
  });
}
