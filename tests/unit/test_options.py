"""What a job to enqueue may be, and what is said of one that may not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from arqlight import JobRequest
from arqlight.models import JobOptions


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (("f", "abc"), TypeError, r"args is 'abc', not a tuple or list; one .* is written \('abc',\)"),
        (("f", b"abc"), TypeError, r"args is b'abc', not a tuple or list"),
        (("f", 7), TypeError, r"args is 7, not a tuple or list; one argument alone is written \(7,\)"),
        (("f", (), ["a"]), TypeError, r"kwargs is \['a'\], not a dict"),
        (
            (print,),
            TypeError,
            r"function is <built-in function print>, not the name of a registered function",
        ),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(
    arguments: tuple[Any, ...], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        JobRequest(*arguments)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"job_id": 7}, TypeError, "job_id is 7, not text"),
        ({"job_id": "a\nb"}, ValueError, "an id has no line breaks or other control characters"),
        ({"job_id": "a\x1b[2J"}, ValueError, "an id has no line breaks or other control characters"),
        ({"defer_until": 5}, TypeError, "defer_until is 5, not a datetime"),
        ({"defer_by": "5"}, TypeError, "defer_by is '5', not a number of seconds or a timedelta"),
        ({"defer_by": float("nan")}, ValueError, "defer_by is nan, which is no number of seconds"),
        ({"defer_by": float("inf")}, ValueError, "defer_by is inf"),
        ({"defer_by": 1e300}, ValueError, r"defer_by is 1e\+300"),
        ({"expires": "soon"}, TypeError, "expires is 'soon', not a number of seconds or a timedelta"),
        ({"expires": -1}, ValueError, "expires is -1: the job would have expired before it is enqueued"),
        ({"expires": timedelta(days=-1)}, ValueError, "the job would have expired"),
        ({"job_try": "2"}, TypeError, "job_try is '2', not a whole number"),
        (
            {"defer_by": 1, "defer_until": datetime(2030, 1, 1, tzinfo=UTC)},
            RuntimeError,
            "use either 'defer_until' or 'defer_by' or neither, not both",
        ),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(
    options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        JobOptions(**options)
    with pytest.raises(kind, match=message):
        JobRequest("f", **options)


def test_a_job_is_due_when_its_options_say() -> None:
    later = datetime.fromtimestamp(7, UTC)
    assert JobOptions().due_ms(1_000) == 1_000
    assert JobOptions(defer_by=2.5).due_ms(1_000) == 3_500
    assert JobOptions(defer_by=timedelta(seconds=2)).due_ms(1_000) == 3_000
    assert JobOptions(defer_until=later).due_ms(1_000) == 7_000
    assert JobOptions(defer_until=later, defer_by=0).due_ms(1_000) == 7_000


def test_a_request_takes_its_arguments_as_a_list_too() -> None:
    assert JobRequest("f", [1, 2]).args == [1, 2]
