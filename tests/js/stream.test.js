import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Stream } from "../../src/arqlight/web/static/js/core/stream-core.js";

/** Stands in for the browser's: Node has none. */
class FakeEventSource extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 2;
  static made = [];

  constructor(url) {
    super();
    this.query = new URL(url, "http://server").searchParams;
    this.readyState = FakeEventSource.CONNECTING;
    FakeEventSource.made.push(this);
  }

  close() {
    this.readyState = FakeEventSource.CLOSED;
  }

  open() {
    this.readyState = FakeEventSource.OPEN;
    this.onopen();
  }

  send(type, data) {
    this.dispatchEvent(Object.assign(new Event(type), { data: JSON.stringify(data) }));
  }

  lose(readyState) {
    this.readyState = readyState;
    this.onerror();
  }
}

const topic = (id, after) => ({ kind: "batch", id, after });
const sources = FakeEventSource.made;
const latest = () => sources[sources.length - 1];
let seen;
let stream;

beforeEach(() => {
  globalThis.EventSource = FakeEventSource;
  mock.timers.enable({ apis: ["setTimeout"] });
  sources.length = 0;
  seen = { events: [], states: [], resets: 0 };
  stream = new Stream("/events", {
    onEvent: (event) => seen.events.push(event.id),
    onReset: () => (seen.resets += 1),
    onState: (state) => seen.states.push(state),
  });
});

afterEach(() => mock.timers.reset());

test("it streams from the moment that the snapshot is true at", () => {
  stream.watch([topic("a", "5-0")]);
  assert.equal(latest().query.get("batch"), "a");
  assert.equal(latest().query.get("after"), "5-0");
  latest().open();
  assert.deepEqual(seen.states, ["connecting", "open"]);
});

test("a further topic streams together with the first, from the last event seen", () => {
  stream.watch([topic("a", "5-0")]);
  latest().send("started", { id: "9-0", job_id: "x" });
  stream.watch([topic("a", "5-0"), topic("b", "12-0")]);
  assert.equal(sources.length, 2);
  assert.equal(sources[0].readyState, FakeEventSource.CLOSED);
  assert.deepEqual(latest().query.getAll("batch"), ["a", "b"]);
  assert.equal(latest().query.get("after"), "9-0");
});

test("a further topic whose snapshot is older than the last event seen takes the stream back to it", () => {
  stream.watch([topic("a", "5-0")]);
  latest().send("started", { id: "19-0", job_id: "x" });
  stream.watch([topic("a", "5-0"), topic("b", "12-0")]);
  assert.equal(latest().query.get("after"), "12-0");
});

test("the same topic for another tab takes the stream back only where that tab's snapshot is older", () => {
  stream.watch([topic("a", "5-0")], [topic("a", "5-0")]);
  latest().send("started", { id: "9-0", job_id: "x" });
  stream.watch([topic("a", "5-0")], [topic("a", "10-0")]);
  assert.equal(sources.length, 1);
  stream.watch([topic("a", "5-0")], [topic("a", "7-0")]);
  assert.equal(sources.length, 2);
  assert.equal(latest().query.get("after"), "7-0");
});

test("saying the same again connects no second time", () => {
  stream.watch([topic("a", "5-0")]);
  stream.watch([topic("a", "5-0")]);
  assert.equal(sources.length, 1);
});

test("it closes when there is nothing to watch", () => {
  stream.watch([topic("a", "5-0")]);
  latest().open();
  stream.watch([]);
  assert.equal(latest().readyState, FakeEventSource.CLOSED);
  assert.equal(seen.states.at(-1), "idle");
});

test("a connection that broke is the browser's to make again", () => {
  stream.watch([topic("a", "5-0")]);
  latest().open();
  latest().lose(FakeEventSource.CONNECTING);
  mock.timers.tick(60_000);
  assert.equal(sources.length, 1);
  assert.equal(seen.states.at(-1), "lost");
  latest().open();
  assert.equal(seen.states.at(-1), "open");
});

test("a connection that was refused is made again, after growing pauses, from the last event seen", () => {
  stream.watch([topic("a", "5-0")]);
  latest().open();
  latest().send("succeeded", { id: "9-0", job_id: "x" });
  const pauses = [];
  for (let refusal = 0; refusal < 8; refusal += 1) {
    latest().lose(FakeEventSource.CLOSED);
    const before = sources.length;
    let pause = 0;
    for (; sources.length === before; pause += 50) mock.timers.tick(50);
    pauses.push(pause);
  }
  assert.ok(pauses[0] <= 200 && pauses[7] >= 2500 && pauses[7] <= 5000, String(pauses));
  assert.equal(latest().query.get("after"), "9-0");
  assert.equal(seen.states.at(-1), "lost");
  latest().open();
  assert.equal(seen.states.at(-1), "open");
});

test("a topic that is added during such a pause is in the next connection", () => {
  stream.watch([topic("a", "5-0")]);
  latest().lose(FakeEventSource.CLOSED);
  stream.watch([topic("a", "5-0"), topic("b", "3-0")]);
  assert.equal(sources.length, 1);
  mock.timers.tick(10_000);
  assert.deepEqual(latest().query.getAll("batch"), ["a", "b"]);
  assert.equal(latest().query.get("after"), "3-0");
});

test("a reset asks for fresh snapshots, and the stream goes on after it", () => {
  stream.watch([topic("a", "5-0")]);
  latest().send("reset", { reason: "trimmed", event_id: "90-0" });
  assert.equal(seen.resets, 1);
  assert.equal(sources.length, 1);
  latest().lose(FakeEventSource.CLOSED);
  mock.timers.tick(10_000);
  assert.equal(latest().query.get("after"), "90-0");
});
