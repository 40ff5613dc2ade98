"""What counts as Redis being away, what as Redis refusing, and how long to wait for its answer.

Away: it cannot be reached, answers nothing, or still loads its data. Trying again later helps by itself.
Refusing: it answers, with an error (a wrong password, no right, no memory, a replica, a cluster).
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from redis import exceptions as redis_errors

__all__ = [
    "ANSWER_TIMEOUT_S",
    "REDIS_AWAY",
    "REDIS_TROUBLE",
    "ClusterRefusedError",
    "ask",
    "refusal",
    "refuses",
    "trouble",
    "why",
]

# Redis cannot be used over its connections. The built-in errors come from the socket. redis-py counts a wrong
# password to these too: `refuses` tells it apart.
REDIS_AWAY = (redis_errors.ConnectionError, redis_errors.TimeoutError, ConnectionError, TimeoutError)

# Away or refusing: all that a call to Redis may raise through no fault of the caller.
REDIS_TROUBLE = (*REDIS_AWAY, redis_errors.RedisError, OSError)

_REFUSALS = (
    redis_errors.ResponseError,
    redis_errors.AuthenticationError,
    redis_errors.AuthorizationError,
)

# A Redis that answers nothing at all, as behind a cut network, counts as away after this long.
ANSWER_TIMEOUT_S = 5.0

T = TypeVar("T")


class ClusterRefusedError(redis_errors.ResponseError):
    """Redis runs as a cluster, whose nodes each hold a part of the keys; one script here needs several."""

    def __init__(self) -> None:
        super().__init__(
            "this Redis runs as a cluster, where one script cannot use all the keys of a job; arqlight needs "
            "one server that holds them all, with replicas and Sentinels if it is to survive failures"
        )


_REASONS = {
    ClusterRefusedError: "it runs as a cluster, which is not supported",
    redis_errors.AuthenticationError: "it does not take our user name or password",
    redis_errors.AuthorizationError: "it does not take our user name or password",
    redis_errors.NoPermissionError: "its user that we are has not the right to it",
    redis_errors.OutOfMemoryError: "it has no memory left",
    redis_errors.ReadOnlyError: "it is a replica, which takes no writes",
}


def refuses(error: BaseException) -> bool:
    """Whether Redis answered, and said no."""
    return isinstance(error, _REFUSALS)


def refusal(error: BaseException) -> str:
    """Why Redis said no, in words of ours: its own name scripts, keys and users."""
    reasons = [reason for kind, reason in _REASONS.items() if isinstance(error, kind)]
    return f"Redis refused a command: {reasons[0]}." if reasons else "Redis refused a command."


def trouble(error: Exception) -> str:
    """What is wrong, for a log line: nobody is there, or it says no."""
    return f"redis {'refuses' if refuses(error) else 'is away'} ({type(error).__name__}: {error})"


def why(error: Exception) -> str:
    """An error in words, even where it has none of its own."""
    return str(error) or type(error).__name__


async def ask(answer: Awaitable[T], within_s: float = ANSWER_TIMEOUT_S) -> T:
    """Await an answer of Redis.

    Raises:
        TimeoutError: it did not come within ``within_s`` seconds.
    """
    async with asyncio.timeout(within_s):
        return await answer
