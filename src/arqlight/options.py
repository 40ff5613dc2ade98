"""The options of a job to enqueue: what arq's ``enqueue_job`` takes beside a function and its arguments."""

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from numbers import Real

from arq.utils import to_ms, to_unix_ms

__all__ = ["JobOptions", "has_control_characters"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")

# The last second of the year 9999, where Python's own dates end.
_END_OF_TIME_S = 253_402_300_799


# Not frozen: that takes 0.8 µs more for each job, a quarter of what the client needs to enqueue one.
@dataclass(slots=True, kw_only=True)
class JobOptions:
    """When and under which id a job is to run. Which queue it goes to is said where it is enqueued.

    Args:
        job_id: an id of your own: there is no other job of that id until its result is gone. By default, and
            where it is empty, a random one.
        defer_until: when to start it. Without a time zone, the local one counts, as in arq.
        defer_by: seconds (or a timedelta) from now, by the Redis server's clock, after which to start it.
        expires: seconds (or a timedelta) from now after which it is given up if it has not started; by
            default, and where it is 0, as the queue's ``expires_extra_ms`` says.
        job_try: the number its first try counts as; by default 1.
        owner: whose it is: who may only watch their own jobs sees it by this name.

    Raises:
        TypeError: an option is of another type.
        ValueError: an id has a line break or another control character; a time is negative where that means
            nothing, infinite, or beyond the year 9999.
        RuntimeError: both ``defer_until`` and ``defer_by`` are given; arq's error.
    """

    job_id: str | None = None
    defer_until: datetime | None = None
    defer_by: float | timedelta | None = None
    expires: float | timedelta | None = None
    job_try: int | None = None
    owner: str | None = None

    def __post_init__(self) -> None:
        if self.job_id is not None:
            _check_id(self.job_id)
        if self.defer_until is not None:
            if not isinstance(self.defer_until, datetime):
                raise TypeError(f"defer_until is {self.defer_until!r}, not a datetime")
            if self.defer_by:
                raise RuntimeError("use either 'defer_until' or 'defer_by' or neither, not both")
        if self.defer_by is not None:
            _check_seconds("defer_by", self.defer_by)
        if self.expires is not None and _check_seconds("expires", self.expires) < 0:
            raise ValueError(f"expires is {self.expires!r}: the job would have expired before it is enqueued")
        if self.job_try is not None and not isinstance(self.job_try, int):
            raise TypeError(f"job_try is {self.job_try!r}, not a whole number")
        if self.owner is not None and not isinstance(self.owner, str):
            raise TypeError(f"owner is {self.owner!r}, not text")

    def due_ms(self, now_ms: int) -> int:
        """When the job is due, in Unix ms, if it is enqueued at ``now_ms``."""
        if self.defer_until is not None:
            return to_unix_ms(self.defer_until)
        return now_ms + (to_ms(self.defer_by) or 0)


def _check_id(job_id: object) -> None:
    if not isinstance(job_id, str):
        raise TypeError(f"job_id is {job_id!r}, not text")
    if has_control_characters(job_id):
        raise ValueError(f"job_id is {job_id!r}: an id has no line breaks or other control characters")


def has_control_characters(text: str) -> bool:
    """Whether a text has what no address and no line of a log can show, such as a line break."""
    return _CONTROL.search(text) is not None


def _check_seconds(name: str, value: object) -> float:
    """A duration in seconds; raises TypeError or ValueError when it is none."""
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
    elif isinstance(value, Real):
        seconds = float(value)
    else:
        raise TypeError(f"{name} is {value!r}, not a number of seconds or a timedelta")
    if not math.isfinite(seconds) or abs(seconds) > _END_OF_TIME_S:
        raise ValueError(f"{name} is {value!r}, which is no number of seconds to wait")
    return seconds
