"""A worker's way to Redis: its client, a limit of time for each call, and how to wait while Redis is away."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from time import monotonic

from arqlight.redis import LightRedis
from arqlight.scripts import Scripts
from arqlight.worker.clock import ServerClock

__all__ = ["Backoff", "Link"]

_FIRST_S = 0.05
_MOST_S = 2.0


class Link:
    """What the parts of a worker reach Redis by.

    It is made before there is a client: arq's worker is made outside of its event loop.

    Args:
        queue_name: the queue that the worker serves.
        timeout_s: a call that takes longer is given up.
    """

    def __init__(self, queue_name: str, timeout_s: float) -> None:
        self.queue_name = queue_name
        self.timeout_s = timeout_s
        self.clock = ServerClock()
        self._redis: LightRedis | None = None

    def attach(self, redis: LightRedis) -> None:
        """Use this client from now on."""
        self._redis = redis

    @property
    def redis(self) -> LightRedis:
        """The client.

        Raises:
            RuntimeError: there is none yet; ``main()`` opens it.
        """
        if self._redis is None:
            raise RuntimeError("the worker is not connected to Redis yet")
        return self._redis

    @property
    def scripts(self) -> Scripts:
        """The scripts that move jobs through their states."""
        return self.redis.scripts

    def server_ms(self) -> int:
        """The Redis server's time in Unix ms; before its first reply, this machine's."""
        return int(self.clock.now_ms())

    async def learn_server_ms(self) -> int:
        """The same, asked of the server if nothing of it is known yet."""
        if not self.clock.is_set:
            asked_at = monotonic()
            seconds, microseconds = await self.redis.time()
            self.clock.learn(seconds * 1000 + microseconds // 1000, asked_at)
        return self.server_ms()

    @contextlib.asynccontextmanager
    async def call(self, extra_s: float = 0.0) -> AsyncIterator[None]:
        """Give up a call to Redis that takes too long: on a dead connection nothing else tells."""
        try:
            async with asyncio.timeout(self.timeout_s + extra_s):
                yield
        except TimeoutError:
            # The idle connections may be as dead.
            await self.redis.connection_pool.disconnect(inuse_connections=False)
            raise

    async def is_up(self) -> bool:
        """Whether Redis answers.

        Raises:
            TimeoutError: not in time.
            redis.exceptions.RedisError: it does not, or it refuses.
        """
        async with self.call():
            return bool(await self.redis.ping())


class Backoff:
    """Growing pauses between attempts, with jitter, so that a fleet does not come back in one moment."""

    def __init__(self) -> None:
        self._pause = _FIRST_S

    def reset(self) -> None:
        """Start again from the shortest pause."""
        self._pause = _FIRST_S

    def next_s(self) -> float:
        """How many seconds to pause now; more each time."""
        pause = self._pause * random.uniform(0.5, 1.0)  # noqa: S311  not for secrets
        self._pause = min(self._pause * 2, _MOST_S)
        return pause

    async def wait(self) -> None:
        """Pause, longer each time."""
        await asyncio.sleep(self.next_s())
