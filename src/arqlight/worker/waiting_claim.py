"""A claim that waits at Redis: behind a command that blocks until a job comes.

A worker that has nothing to do sends its next claim beforehand. Redis itself goes on to it when a job is
enqueued, so that the job reaches the worker in one hop.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from redis.exceptions import NoPermissionError

from arqlight import keys
from arqlight.logs import get_logger
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.scripts import Wait
from arqlight.worker.link import Link

__all__ = ["WaitingClaim"]

logger = get_logger("arqlight.worker")

# For how long a claim waits at Redis. If the worker freezes meanwhile, it takes one job that it cannot run.
_MOST_S = 5.0
_POKE_EXPIRY_S = 60
# With fewer, a connection that waits would be missed.
_LEAST_CONNECTIONS = 6
# What is heard of work sets the claim off by itself; it is called back only if it does not return by then.
_SOON_S = 0.005


class WaitingClaim:
    """Lets a claim wait at Redis, and calls it back.

    Args:
        link: the way to Redis.
        worker_id: whose claim it is.
    """

    def __init__(self, link: Link, worker_id: str) -> None:
        self._link = link
        self._poke_key = keys.poke(worker_id)
        self._signals = (self._poke_key, keys.signal(link.queue_name))
        # Whether this Redis lets a claim wait.
        self._is_allowed = True
        # The limit of the one that waits, if one does, and what calls it back.
        self._scope: asyncio.Timeout | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._poke: asyncio.Task[None] | None = None

    @property
    def is_at_redis(self) -> bool:
        """Whether one waits there."""
        return self._scope is not None

    def seconds(self, to_next_claim_s: float) -> float:
        """For how long a claim may wait, when another is due in so many seconds; 0 for not at all."""
        pool = self._link.redis.connection_pool
        if not self._is_allowed or pool.max_connections < _LEAST_CONNECTIONS:
            return 0.0
        seconds = min(_MOST_S, self._link.timeout_s, to_next_claim_s)
        return seconds if seconds > _SOON_S else 0.0

    @contextlib.asynccontextmanager
    async def at_redis(self, seconds: float) -> AsyncIterator[Wait]:
        """While a claim waits there, which is given what is yielded.

        Raises:
            TimeoutError: it was called back, and Redis could not be told.
        """
        # Redis looks at what has waited long enough ten times a second only, which may be late for a job.
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin_poke)
        try:
            async with asyncio.timeout(None) as self._scope:
                yield Wait(self._signals, seconds)
        except REDIS_TROUBLE as error:
            if not _forbids_waiting(error):
                raise
            logger.warning("no claim can wait at this redis (%s), so jobs start a little later", error)
            self._is_allowed = False
            raise
        finally:
            self._scope = None
            self._timer.cancel()

    def call_back(self) -> None:
        """Have the claim carried out, unless it returns by itself within a moment."""
        loop = asyncio.get_running_loop()
        if self._scope is not None and self._timer is not None and self._timer.when() > loop.time() + _SOON_S:
            self._timer.cancel()
            self._timer = loop.call_later(_SOON_S, self._begin_poke)

    def _begin_poke(self) -> None:
        if self._scope is not None:
            self._poke = asyncio.get_running_loop().create_task(self._send_poke(self._scope))

    async def _send_poke(self, scope: asyncio.Timeout) -> None:
        try:
            async with self._link.call():
                await self._link.redis.execute_after(
                    ("RPUSH", self._poke_key, "1"), ("EXPIRE", self._poke_key, _POKE_EXPIRY_S)
                )
        except REDIS_TROUBLE:
            if scope is self._scope:
                scope.reschedule(asyncio.get_running_loop().time())


def _forbids_waiting(error: Exception) -> bool:
    """Whether Redis refuses to wait: the user may not use BLPOP, or the server is older than 6."""
    return isinstance(error, NoPermissionError) or "timeout is not an integer" in str(error)
