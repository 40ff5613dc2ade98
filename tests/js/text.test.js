import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, parseAddress, parseView } from "../../src/arqlight/web/static/js/core/address.js";
import { Clock } from "../../src/arqlight/web/static/js/core/clock.js";
import * as format from "../../src/arqlight/web/static/js/core/format.js";
import { compareIds, earliest, later } from "../../src/arqlight/web/static/js/core/ids.js";

const duration = (ms) => format.duration(ms).replaceAll("\u00a0", " ");

test("durations are as exact as one cares to know", () => {
  const said = [0, 85, 999, 1000, 3240, 9960, 42_000, 65_000, 3_600_000, 7_380_000].map(duration);
  assert.deepEqual(said, ["0 ms", "85 ms", "999 ms", "1.0 s", "3.2 s", "10 s", "42 s", "1 min 05 s", "1 h 00 min", "2 h 03 min"]);
  assert.equal(duration(null), "");
  assert.equal(duration(-5), "0 ms");
  assert.equal(duration(Number.NaN), "");
});

test("values are compact JSON, texts are themselves", () => {
  assert.equal(format.compact({ a: [1, null] }), '{"a":[1,null]}');
  assert.equal(format.compact("<b>"), "<b>");
  assert.equal(format.compact(null), "null");
  assert.equal(format.compact(0), "0");
  assert.equal(format.pretty({ a: 1 }), '{\n  "a": 1\n}');
});

test("long texts are cut and say so", () => {
  assert.deepEqual(format.cut("abc", 3), { text: "abc", cut: false });
  assert.deepEqual(format.cut("abcdef", 4), { text: "abc…", cut: true });
});

test("a job's call reads like Python", () => {
  assert.equal(format.call("f", [1, "x"], { key: true }), 'f(1, "x", key=true)');
  assert.equal(format.call(null, [], {}), "?()");
});

test("counts agree with their noun", () => {
  assert.equal(format.count(1, "job"), "1 job");
  assert.equal(format.count(0, "job"), "0 jobs");
});

test("the address names topics in order, each once, and survives odd ids", () => {
  const topics = [{ kind: "batch", id: "b/1 &?#" }, { kind: "job", id: "<ä>" }];
  const address = addressOf("/page", topics);
  assert.deepEqual(parseAddress(new URL(address, "http://x").search), topics);
  assert.deepEqual(parseAddress("?job=a&job=a&other=1&batch="), [{ kind: "job", id: "a" }]);
  assert.equal(addressOf("/page", []), "/page");
});

test("the address holds which jobs the table shows", () => {
  const view = { show: "failed", hidesDone: true };
  assert.equal(addressOf("/", [{ kind: "job", id: "a" }], view), "/?job=a&show=failed&done=hidden");
  assert.deepEqual(parseView("?job=a&show=failed&done=hidden"), view);
  assert.deepEqual(parseView("?show=nonsense&done=no"), { show: "all", hidesDone: false });
});

test("event ids are ordered by time, then by sequence", () => {
  assert.ok(compareIds("999-0", "1000-0") < 0);
  assert.ok(compareIds("1000-9", "1000-10") < 0);
  assert.equal(compareIds("1000-1", "1000-1"), 0);
  assert.equal(earliest(["1000-1", null, "999-5"]), "999-5");
  assert.equal(earliest([]), null);
  assert.equal(later(null, "1-0"), "1-0");
  assert.equal(later("2-0", "1-0"), "2-0");
});

test("the clock follows the server's, by the event that took the shortest way", () => {
  let local = 100_000;
  const clock = new Clock(() => local);
  assert.equal(clock.now(), 100_000);
  clock.observe(60_000);
  clock.observe(69_990);
  clock.observe(50_000);
  local += 1000;
  assert.equal(clock.now(), 70_990);
});

test("of a value that the server cut, its beginning is shown, or why there is none", () => {
  assert.equal(format.compact({ $truncated: "50,000 characters", head: "abc" }), "abc…");
  assert.equal(format.compact({ $truncated: "too much to show" }), "(too much to show)");
  assert.equal(format.pretty({ $unreadable: "broken" }), "(broken)");
  assert.equal(format.partOf({ $truncated: "1 more", a: 1 }), null);
  assert.equal(format.partOf(["a"]), null);
});
