"""Small helpers that any test may use."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

__all__ = ["eventually", "wait_until"]

POLL_INTERVAL_S = 0.01

T = TypeVar("T")


class Deadline:
    """Counts down from ``timeout`` seconds, and says what was last seen when the time is over."""

    def __init__(self, condition: Callable[[], object], timeout: float) -> None:
        self.condition = condition
        self.timeout = timeout
        self.ends = time.monotonic() + timeout
        self.last: object = None

    def check(self) -> None:
        """Raise AssertionError when the time is over."""
        if time.monotonic() < self.ends:
            return
        what = getattr(self.condition, "__qualname__", self.condition)
        cause = self.last if isinstance(self.last, AssertionError) else None
        raise AssertionError(f"not within {self.timeout} s: {what}; last seen: {self.last!r}") from cause


@overload
async def eventually(condition: Callable[[], Awaitable[T | None]], timeout: float = 5.0) -> T: ...
@overload
async def eventually(condition: Callable[[], T | None], timeout: float = 5.0) -> T: ...
async def eventually(condition: Callable[[], Any], timeout: float = 5.0) -> Any:
    """Wait until a condition holds, without blocking the event loop.

    :param condition: called until what it returns (or awaits to) is true; an AssertionError that it raises
        counts as not yet
    :param timeout: seconds
    :return: the true value
    :raises AssertionError: when the time is over; names the condition and the last thing seen
    """
    deadline = Deadline(condition, timeout)
    while True:
        try:
            value = condition()
            deadline.last = await value if inspect.isawaitable(value) else value
            if deadline.last:
                return deadline.last
        except AssertionError as error:
            deadline.last = error
        deadline.check()
        await asyncio.sleep(POLL_INTERVAL_S)


def wait_until(condition: Callable[[], T | None], timeout: float = 5.0) -> T:
    """`eventually`, for tests that are not coroutines."""
    deadline = Deadline(condition, timeout)
    while True:
        try:
            deadline.last = value = condition()
            if value:
                return value
        except AssertionError as error:
            deadline.last = error
        deadline.check()
        time.sleep(POLL_INTERVAL_S)
