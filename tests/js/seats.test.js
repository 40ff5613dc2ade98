import assert from "node:assert/strict";
import { test } from "node:test";
import { followed, seated } from "../../src/arqlight/web/static/js/pages/overview/seats.js";

const NOW = 100_000;

function row(key, changes = {}) {
  return {
    key, job_id: key, status: "in_progress", outcome: null, job_try: 1, enqueue_ms: 1, due_ms: 1, start_ms: 2, finish_ms: null,
    wait_ms: 1, run_ms: null, error: null, event_id: "5-0", ...changes,
  };
}
const over = (key, finish_ms) => row(key, { status: "complete", outcome: "succeeded", finish_ms, event_id: "9-0" });
const keys = (rows) => rows.map(({ key }) => key);

test("a job that has ended keeps its place until another takes it", () => {
  const shown = [row("a"), over("b", NOW - 60_000), row("c")];
  assert.deepEqual(keys(seated(shown, [row("a"), row("c"), row("d")], NOW, { isRead: false })), ["a", "d", "c"]);
  assert.deepEqual(keys(seated(shown, [row("a"), row("c")], NOW, { isRead: false })), ["a", "c"]);
});

test("one that has just ended stays a moment, and while somebody reads it stays", () => {
  const shown = [over("a", NOW - 1_000), over("b", NOW - 60_000), row("c")];
  assert.deepEqual(keys(seated(shown, [row("c")], NOW, { isRead: false })), ["a", "c"]);
  assert.deepEqual(keys(seated(shown, [row("c")], NOW, { isRead: true })), ["a", "b", "c"]);
});

test("newcomers come at the end, and an earlier answer does not undo an event", () => {
  const [ended] = followed([row("a")], [{ event: "succeeded", job_id: "a", id: "9-0", at_ms: NOW, start_ms: 2, finish_ms: NOW }]);
  assert.equal(ended?.outcome, "succeeded");
  const seats = seated([ended], [row("a"), row("b")], NOW, { isRead: false });
  assert.deepEqual(seats.map(({ key, outcome }) => [key, outcome]), [["a", "succeeded"], ["b", null]]);
});
