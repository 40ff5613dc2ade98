from typing import Any

from arqlight.web.api.models.listing import JobLine, TryLine
from arqlight.web.api.spans import spans_of


def job(status: str, **fields: Any) -> JobLine:
    defaults = {"key": "1", "job_id": "one", "queue": "q", "source": "events", "event_id": "1-0"}
    return JobLine(**{**defaults, "status": status, "enqueue_ms": 1000, "due_ms": 1000, **fields})


def told(one: JobLine, *tries: TryLine) -> list[tuple[str, int, int | None]]:
    return [(span.kind, span.from_ms, span.to_ms) for span in spans_of(one, tries)]


def test_a_job_that_waits_has_one_stretch_that_lasts() -> None:
    assert told(job("queued")) == [("waiting", 1000, None)]


def test_a_job_that_is_put_off_does_not_wait_yet() -> None:
    assert told(job("deferred", due_ms=9000)) == [("deferred", 1000, None)]


def test_a_job_that_was_put_off_and_is_due_waits_since_then() -> None:
    assert told(job("queued", due_ms=9000)) == [("deferred", 1000, 9000), ("waiting", 9000, None)]


def test_a_job_that_started_as_soon_as_it_was_due_did_not_wait() -> None:
    first = TryLine(number=1, start_ms=9000)
    assert told(job("in_progress", due_ms=9000, wait_ms=0), first) == [
        ("deferred", 1000, 9000),
        ("waiting", 9000, 9000),
        ("running", 9000, None),
    ]


def test_a_job_that_is_due_at_once_is_not_deferred_by_the_ms_between_two_clocks() -> None:
    first = TryLine(number=1, start_ms=1003)
    assert told(job("in_progress", due_ms=1002, wait_ms=1), first) == [
        ("waiting", 1000, 1003),
        ("running", 1003, None),
    ]


def test_tries_and_the_pauses_between_them_follow_each_other() -> None:
    first = TryLine(number=1, start_ms=1100, finish_ms=1500, ended="retrying")
    second = TryLine(number=2, start_ms=3500, finish_ms=3600, ended="succeeded")
    one = job("complete", outcome="succeeded", wait_ms=100, finish_ms=3600)
    assert told(one, first, second) == [
        ("waiting", 1000, 1100),
        ("running", 1100, 1500),
        ("retry_pause", 1500, 3500),
        ("running", 3500, 3600),
    ]


def test_the_pause_before_a_try_to_come_lasts() -> None:
    first = TryLine(number=1, start_ms=1100, finish_ms=1500, ended="retrying")
    one = job("deferred", wait_ms=100, due_ms=8000, job_try=1)
    assert told(one, first)[-1] == ("retry_pause", 1500, None)


def test_a_running_try_lasts() -> None:
    first = TryLine(number=1, start_ms=1100)
    assert told(job("in_progress", wait_ms=100), first)[-1] == ("running", 1100, None)


def test_a_job_that_ended_before_it_ran_waited_until_then() -> None:
    assert told(job("complete", outcome="aborted", finish_ms=1700)) == [("waiting", 1000, 1700)]


def test_a_job_of_unknown_beginning_has_no_stretches() -> None:
    assert told(job("queued", enqueue_ms=None)) == []
