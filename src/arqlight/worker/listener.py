"""Listening: told at once that there is work, or that a job is to be aborted."""

import asyncio
from collections.abc import Callable
from typing import Any

from redis.exceptions import ResponseError

from arqlight import keys
from arqlight.logs import get_logger
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.worker.link import Backoff, Link

__all__ = ["Listener"]

logger = get_logger("arqlight.worker")

# For how long the connection may be quiet before it is asked whether it still stands, and then again.
_PATIENCE_S = 3.0


class Listener:
    """Listens on the queue's channel, and to Redis's keyspace notifications of the queue where they are on.

    Args:
        link: the way to Redis.
        on_work: called when there may be a job to claim.
        on_abort: called when a running job may have to stop.
    """

    def __init__(self, link: Link, *, on_work: Callable[[], None], on_abort: Callable[[], None]) -> None:
        self._link = link
        self._channel = keys.wake(link.queue_name)
        self._on_work = on_work
        self._on_abort = on_abort
        self.hears_plain_arq = False

    async def run(self) -> None:
        """Listen until cancelled; reconnect when the connection breaks."""
        backoff = Backoff()
        while True:
            try:
                self.hears_plain_arq = await self._notifications_are_on()
                await self._listen(backoff)
            # RuntimeError is uvloop's word for a closed connection.
            except (*REDIS_TROUBLE, RuntimeError) as error:
                logger.debug("not listening on %s (%s)", self._channel, error)
            self.hears_plain_arq = False
            await backoff.wait()

    async def _listen(self, backoff: Backoff) -> None:
        database = self._link.redis.connection_pool.connection_kwargs.get("db") or 0
        keyspace = f"__keyspace@{database}__:{self._link.queue_name}"
        async with self._link.redis.pubsub() as pubsub:
            async with asyncio.timeout(_PATIENCE_S):
                await pubsub.subscribe(self._channel, keyspace)
            asked = False
            while True:
                message = await pubsub.get_message(timeout=_PATIENCE_S)
                if message is not None:
                    self._take(message, backoff)
                elif asked:
                    # Nothing else tells a quiet connection from a dead one.
                    raise TimeoutError(f"no answer within {_PATIENCE_S} s")
                else:
                    async with asyncio.timeout(_PATIENCE_S):
                        await pubsub.ping()
                asked = message is None

    def _take(self, message: dict[str, Any], backoff: Backoff) -> None:
        if message["type"] == "subscribe":
            # Whatever was said before is missed: look once.
            backoff.reset()
            self._on_work()
            self._on_abort()
        elif message["data"] == b"abort":
            self._on_abort()
        elif message["data"] in (b"wake", b"zadd", b"zincr"):
            self._on_work()

    async def _notifications_are_on(self) -> bool:
        """Whether Redis tells of sorted sets that change; where it is forbidden to ask, it counts as no."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                config = await self._link.redis.config_get("notify-keyspace-events")
        except ResponseError:
            return False
        flags = str(next(iter(config.values()), "")) if config else ""
        return "K" in flags and ("z" in flags or "A" in flags)
