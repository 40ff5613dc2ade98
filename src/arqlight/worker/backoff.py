"""Waiting for Redis to come back."""

import asyncio
import random

from redis.exceptions import AuthenticationError, ResponseError

__all__ = ["Backoff", "trouble"]

_FIRST_S = 0.05
_MOST_S = 2.0


def trouble(error: Exception) -> str:
    """What is wrong, for a log line: nobody is there, or it says no (a replica, no rights, no memory)."""
    refuses = isinstance(error, ResponseError | AuthenticationError)
    return f"redis {'refuses' if refuses else 'is away'} ({type(error).__name__}: {error})"


class Backoff:
    """Growing pauses between attempts, with jitter, so that a fleet does not come back in one moment."""

    def __init__(self) -> None:
        self._pause = _FIRST_S

    def reset(self) -> None:
        """Start again from the shortest pause."""
        self._pause = _FIRST_S

    async def wait(self) -> None:
        """Pause, longer each time."""
        await asyncio.sleep(self._pause * random.uniform(0.5, 1.0))  # noqa: S311  not for secrets
        self._pause = min(self._pause * 2, _MOST_S)
