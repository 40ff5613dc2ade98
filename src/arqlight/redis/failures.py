"""What counts as Redis being away, and how long to wait for its answer."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from redis import exceptions as redis_errors

__all__ = ["ANSWER_TIMEOUT_S", "REDIS_AWAY", "REDIS_TROUBLE", "ask", "why"]

# Redis cannot be reached, or does not answer. The built-in errors come from the socket.
REDIS_AWAY = (redis_errors.ConnectionError, redis_errors.TimeoutError, ConnectionError, TimeoutError)

# The same, and Redis refusing a command (out of memory, read-only, no permission).
REDIS_TROUBLE = (*REDIS_AWAY, redis_errors.RedisError, OSError)

# A Redis that answers nothing at all, as behind a cut network, counts as away after this long.
ANSWER_TIMEOUT_S = 5.0

T = TypeVar("T")


async def ask(answer: Awaitable[T], within_s: float = ANSWER_TIMEOUT_S) -> T:
    """Await an answer of Redis.

    Raises:
        TimeoutError: it did not come within ``within_s`` seconds.
    """
    async with asyncio.timeout(within_s):
        return await answer


def why(error: Exception) -> str:
    """An error in words, even where it has none of its own."""
    return str(error) or type(error).__name__
