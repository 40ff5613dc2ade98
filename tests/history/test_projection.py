"""However the log is cut into stretches, and whatever is in it, the same tables come of it."""

import atexit
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings
from sqlalchemy import Connection, delete, update

from arqlight.history.database import Database
from arqlight.history.migrations import migrate
from arqlight.history.projection import needs_row, project
from arqlight.history.recorder import _position
from arqlight.history.tables import metadata, position
from arqlight.history.writing import load, write
from arqlight.models import QUEUE_EVENTS, WORKER_EVENTS, Event, EventType
from arqlight.redaction import DEFAULT
from tests.history.tables import dump

AT_MS = 1_764_000_000_000


def event(number: int, kind: str, job_id: str = "j1", **data: Any) -> Event:
    """An event, 400 ms after the one before."""
    return Event(f"{AT_MS + number * 400}-0", kind, job_id, "arq:queue", json.dumps(data))


def enqueued(number: int, job_id: str = "j1", **data: Any) -> Event:
    return event(
        number, "enqueued", job_id, **({"function": "charge", "batch_id": None, "due_ms": AT_MS} | data)
    )


def take(connection: Connection, events: Sequence[Event]) -> None:
    """Write a stretch of the log as the recorder does, without its cache."""
    ids = list(dict.fromkeys(one.job_id for one in events if needs_row(one.event)))
    changes = project(events, load(connection, ids), {}, DEFAULT)
    write(connection, changes)
    connection.execute(
        update(position).values(
            event_id=events[-1].id, unknown_events=position.c.unknown_events + changes.unknown
        )
    )


@cache
def database() -> Database:
    """One for all tests of this file: a new one takes longer than they do."""
    made = Database(f"sqlite:///{mkdtemp(prefix='arqlight-tests-')}/history.db")
    atexit.register(shutil.rmtree, Path(str(made.url.database)).parent)
    migrate(made)
    return made


def empty(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        connection.execute(delete(table))
    _position(connection)


def tables_of(stretches: Sequence[Sequence[Event]]) -> dict[str, list[dict[str, Any]]]:
    """What the tables hold after these stretches of the log."""
    database().write_here(empty)
    for stretch in stretches:
        if stretch:
            database().write_here(partial(take, events=stretch))
    return database().write_here(dump)


def only_job(*events: Event) -> dict[str, Any]:
    (row,) = tables_of([events])["jobs"]
    return row


KINDS = (
    "enqueued",
    "started",
    "progress",
    "retrying",
    "lost",
    "released",
    "succeeded",
    "failed",
    "aborted",
    "expired",
    "abort_ignored",
    "due_now",
    "deleted",
    "paused",
    "made_up",
)


@st.composite
def any_log(draw: st.DrawFn) -> list[Event]:
    """Events in any order, of few jobs, so that all that can follow each other does."""
    length = draw(st.integers(1, 40))
    events = []
    for number in range(length):
        kind = draw(st.sampled_from(KINDS))
        at_ms = AT_MS + number * 25_000
        data: dict[str, Any] = {
            "function": draw(st.sampled_from(("charge", "refund"))),
            "batch_id": draw(st.sampled_from((None, "b1"))),
            "job_try": draw(st.integers(1, 3)),
            "worker_id": draw(st.sampled_from(("w1", "w2"))),
            "due_ms": at_ms + draw(st.sampled_from((0, 1_000))),
        }
        if kind in {"succeeded", "failed"}:
            data |= {"start_ms": at_ms - draw(st.integers(0, 9_000)), "finish_ms": at_ms}
        if kind in {"failed", "retrying"}:
            data["error"] = {"type": draw(st.sampled_from(("ValueError", "KeyError"))), "message": "no"}
        job_id = draw(st.sampled_from(("j1", "j2", "j3")))
        events.append(Event(f"{at_ms}-{number % 3}", kind, job_id, "arq:queue", json.dumps(data)))
    return events


@settings(max_examples=60, deadline=None)
@given(any_log(), st.lists(st.integers(0, 40), max_size=8))
def test_any_cut_of_the_log_gives_the_same_tables(events: list[Event], cuts: list[int]) -> None:
    bounds = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    pieces = [events[first:last] for first, last in pairwise(bounds)]
    whole = tables_of([events])
    assert tables_of(pieces) == whole
    totals = {(row["queue"], row["function"], row["state"]): row["total"] for row in whole["totals"]}
    counted: Counter[tuple[str, str, int]] = Counter()
    for row in whole["jobs"]:
        counted[row["queue"], row["function"], row["state"]] += 1
    assert counted == totals


def test_a_job_is_followed_from_its_enqueueing_to_its_end() -> None:
    row = only_job(
        enqueued(0, batch_id="b1", due_ms=AT_MS + 100),
        event(1, "started", job_try=1, worker_id="w1"),
        event(2, "progress", job_try=1, fraction=0.5),
        event(
            3,
            "succeeded",
            job_try=1,
            function="charge",
            start_ms=AT_MS + 400,
            finish_ms=AT_MS + 1_150,
            result={"paid": True, "token": "abc"},
        ),
    )
    assert row["state"] == 3
    assert (row["function"], row["batch_id"], row["worker_id"], row["job_try"]) == ("charge", "b1", "w1", 1)
    assert (row["wait_ms"], row["run_ms"]) == (300, 750)
    assert json.loads(row["result"]) == {"paid": True, "token": "[redacted]"}
    assert row["event_id"] == event(3, "").id


def test_each_try_that_ended_badly_is_kept() -> None:
    found = tables_of(
        [
            [
                enqueued(0),
                event(1, "started", job_try=1, worker_id="w1"),
                event(2, "released", job_try=1, worker_id="w1", due_ms=AT_MS + 800),
                event(3, "started", job_try=1, worker_id="w2"),
                event(4, "lost", job_try=1, worker_id="w2"),
                event(5, "started", job_try=2, worker_id="w3"),
                event(
                    6,
                    "retrying",
                    job_try=2,
                    error={"type": "KeyError", "message": "token=abc"},
                    due_ms=AT_MS + 9_000,
                ),
            ]
        ]
    )
    tries = [(one["job_try"], one["worker_id"], one["ended"]) for one in found["tries"]]
    assert tries == [(1, "w1", "released"), (1, "w2", "lost"), (2, "w3", "retrying")]
    assert found["tries"][2]["error_message"] == "token=[redacted]"
    (row,) = found["jobs"]
    assert (row["state"], row["due_ms"], row["start_ms"], row["wait_ms"]) == (1, AT_MS + 9_000, None, 400)


def test_failures_of_one_kind_are_one_group() -> None:
    error = {"type": "ValueError", "message": "no such card"}
    events = []
    for number in range(3):
        events += [
            enqueued(3 * number, f"j{number}"),
            event(3 * number + 1, "started", f"j{number}", job_try=1, worker_id="w1"),
            event(3 * number + 2, "failed", f"j{number}", job_try=1, finish_ms=AT_MS, error=error),
        ]
    found = tables_of([events])
    (group,) = found["failures"]
    assert (group["function"], group["error_type"], group["total"]) == ("charge", "ValueError", 3)
    assert {row["fingerprint"] for row in found["jobs"]} == {group["fingerprint"]}
    assert [row["total"] for row in found["failure_counts"]] == [3]


def test_an_id_that_is_used_again_is_another_job() -> None:
    found = tables_of(
        [
            [
                enqueued(0),
                event(1, "aborted", job_try=0, finish_ms=AT_MS + 400),
                enqueued(2),
                event(3, "started", job_try=1, worker_id="w1"),
            ]
        ]
    )
    assert [row["state"] for row in found["jobs"]] == [5, 2]


def test_what_plain_arq_enqueued_again_is_another_job_too() -> None:
    ended = event(1, "aborted", job_try=0, finish_ms=AT_MS)
    found = tables_of([[enqueued(0), ended, event(2, "started", job_try=1, worker_id="w1")]])
    assert [row["state"] for row in found["jobs"]] == [5, 2]


def test_a_deleted_job_leaves_nothing_but_what_was_counted() -> None:
    found = tables_of([[enqueued(0), event(1, "failed", error={}, finish_ms=AT_MS)], [event(2, "deleted")]])
    assert (found["jobs"], found["tries"]) == ([], [])
    assert [row["total"] for row in found["rollups"]] == [1, 1, 1]
    assert found["totals"] == []


def test_what_cannot_be_understood_is_counted_and_passed_over() -> None:
    found = tables_of(
        [
            [
                Event(f"{AT_MS}-0", "enqueued", "j1", "arq:queue", "not JSON"),
                Event(f"{AT_MS}-1", "started", "j1", "arq:queue", "[1]"),
                event(1, "made_up"),
                event(2, "paused", ""),
                enqueued(3, "j2", function=7, due_ms="soon", batch_id=[]),
            ]
        ]
    )
    assert found["position"][0]["unknown_events"] == 3
    (row,) = found["jobs"]
    assert (row["job_id"], row["function"], row["due_ms"]) == ("j2", "", AT_MS + 3 * 400)


def test_every_event_that_there_is_is_understood() -> None:
    """Those that are not about a job, whose job id is empty, are passed over."""
    others = QUEUE_EVENTS | WORKER_EVENTS
    events = [event(n, kind, "" if kind in others else "j1") for n, kind in enumerate(EventType)]
    assert tables_of([events])["position"][0]["unknown_events"] == 0
