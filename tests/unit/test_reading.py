import json
from typing import Any

import pytest

from arqlight.models import Progress
from arqlight.reading import (
    BatchRecord,
    Holder,
    Unreadable,
    batch_record,
    count,
    event_from_entry,
    finite,
    holder,
    is_later,
    moment_ms,
    progress,
    worker_record,
)

WORKER = {
    "worker_id": "w", "host": "h", "pid": 1, "queue": "q", "start_ms": 1, "seen_ms": 2, "lease_s": 15,
    "max_jobs": 1, "job_timeout_s": 1, "max_tries": 1, "functions": {}, "running": [], "jobs_running": 0,
    "jobs_complete": 0, "jobs_failed": 0, "jobs_retried": 0, "memory_bytes": 1, "version": "1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "number"), [(b"0", 0), (b"7", 7), (b"1764000000000", 1_764_000_000_000), (b"7.9", 7)]
)
def test_counts_and_moments_are_numbers(raw: bytes, number: int) -> None:
    assert count(raw) == moment_ms(raw) == number


@pytest.mark.parametrize(
    "raw", [b"", b"inf", b"-inf", b"nan", b"1e999", b"-1", b"x", b"\xff", b"9" * 400, b"1e300"]
)
def test_what_is_no_number_in_range_is_unreadable(raw: bytes) -> None:
    assert isinstance(count(raw), Unreadable)
    assert isinstance(moment_ms(raw), Unreadable)


@pytest.mark.parametrize("value", [None, True, "1", -1, 253_402_300_800_000, float("nan"), float("inf")])
def test_no_time_that_a_calendar_lacks_is_told(value: object) -> None:
    assert finite(value) is None


@pytest.mark.parametrize(
    ("raw", "later"), [(b"6", True), (b"5", False), (b"inf", True), (b"x", False), (b"nan", False)]
)
def test_a_score_may_lie_later_than_any_calendar_goes(raw: bytes, later: bool) -> None:
    assert is_later(raw, 5) is later


def test_a_holder_is_who_runs_the_job_as_far_as_the_key_tells() -> None:
    assert holder(b"w:3:1764000000000") == Holder("w", 1_764_000_000_000)
    assert holder(b"1") == Holder(None, None)
    assert holder(b"") is holder(b"done") is None
    assert holder("w:3:²".encode()) == Holder("w", None)
    assert holder(b"w:3:" + b"9" * 60) == Holder("w", None)
    assert isinstance(holder(b"x" * 1_000), Unreadable)


def test_a_batch_names_each_job_once() -> None:
    assert batch_record(b'{"queue":"q","job_ids":["a","b","a"]}') == BatchRecord("q", ["a", "b"])


@pytest.mark.parametrize(
    "record",
    [{}, [], {"queue": 1, "job_ids": []}, {"queue": "q", "job_ids": [1]}, {"queue": "", "job_ids": []}],
)
def test_what_is_no_batch_is_unreadable(record: Any) -> None:
    assert isinstance(batch_record(json.dumps(record).encode()), Unreadable)


def test_a_worker_s_record_says_which_field_is_wrong() -> None:
    read = worker_record(json.dumps(WORKER | {"pid": "x"}).encode())
    assert isinstance(read, Unreadable)
    assert read.why.startswith("pid: ")
    assert worker_record(json.dumps(WORKER | {"seen_ms": 10**15}).encode()) == Unreadable(
        "its times are no moments in Unix ms"
    )
    assert not isinstance(worker_record(json.dumps(WORKER).encode()), Unreadable)


def test_a_progress_s_long_message_is_cut() -> None:
    read = progress(json.dumps({"fraction": 0.5, "message": "x" * 50_000}).encode())
    assert isinstance(read, Progress)
    assert read.message == "x" * 4_096 + "…"


@pytest.mark.parametrize(
    "raw", [b'{"fraction":2}', b'{"done":NaN}', b'{"done":1e999}', b"[]", b"[" * 99_000, b"x" * 200_000]
)
def test_what_is_no_progress_is_unreadable(raw: bytes) -> None:
    assert isinstance(progress(raw), Unreadable)


def entry(**fields: bytes) -> dict[bytes, bytes]:
    good = {"event": b"started", "job_id": b"j", "queue": b"q", "data": b'{"job_try":1}'}
    return {name.encode(): value for name, value in (good | fields).items()}


def test_an_event_is_what_its_entry_says() -> None:
    assert event_from_entry(b"5-0", entry()) == ("5-0", "started", "j", "q", '{"job_try":1}')
    assert event_from_entry(b"5-0", entry(event=b"of_later_times")).event == "of_later_times"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (entry(event=b"x\nevent: succeeded"), "its type is no plain word"),
        (entry(event=b"started\n"), "its type is no plain word"),
        (entry(job_id=b"\xff"), r"b'\xff' is no UTF-8"),
        (entry(job_id=b"x" * 20_000), "a name of 20,000 bytes"),
        (entry(data=b"{"), "'{' is no JSON"),
        (entry(data=b"[]"), "'[]' is no JSON object"),
        (entry(data=b'{"x":NaN}'), """'{"x":NaN}' is no JSON"""),
        (entry(data=b'"' + b"x" * 5_000_000 + b'"'), "5,000,002 bytes, and 262,144 are read"),
        ({b"event": b"started"}, "no job_id, queue, data"),
    ],
)
def test_an_entry_that_is_no_event_is_one_that_says_why(fields: dict[bytes, bytes], why: str) -> None:
    event = event_from_entry(b"5-0", fields)
    assert (event.id, event.event, event.job_id) == ("5-0", "unreadable", "")
    assert json.loads(event.data) == {"why": why}


def test_an_event_s_data_cannot_contradict_the_event() -> None:
    event = event_from_entry(b"5-0", entry(data=b'{"id":"9-9","job_id":"other","job_try":2}'))
    assert json.loads(event.data) == {"job_try": 2}
