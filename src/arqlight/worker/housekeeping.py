"""What a worker does by the clock: arq's heart beat, cron jobs, and looking for jobs nobody tells of."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from arqlight.logs import get_logger
from arqlight.redis.failures import REDIS_TROUBLE, trouble
from arqlight.worker.aborts import Aborts
from arqlight.worker.fetcher import Fetcher
from arqlight.worker.link import Backoff, Link
from arqlight.worker.listener import Listener

__all__ = ["Housekeeping"]

logger = get_logger("arqlight.worker")

# The shortest and the longest pause; arq's poll_delay may be 0.
_LEAST_PAUSE_S = 0.005
_MOST_PAUSE_S = 1.0
# How often to look for jobs where Redis tells of every one.
_QUIET_POLL_S = 5.0


class Housekeeping:
    """Keeps house.

    Args:
        link: the way to Redis.
        fetcher: told to look when there is something to claim.
        listener: knows whether Redis tells of every job.
        heart_beat: arq's: the health line and the cron jobs.
        aborts: where arq's aborts are obeyed.
        poll_delay_s: how often to look for jobs, in seconds.
    """

    def __init__(
        self,
        link: Link,
        fetcher: Fetcher,
        listener: Listener,
        *,
        heart_beat: Callable[[], Awaitable[None]],
        aborts: Aborts | None,
        poll_delay_s: float,
    ) -> None:
        self._link = link
        self._fetcher = fetcher
        self._listener = listener
        self._heart_beat = heart_beat
        self._aborts = aborts
        self._poll_delay_s = poll_delay_s
        self._asked_at = float("-inf")

    async def run(self) -> None:
        """Keep house until cancelled. Redis being away is waited for."""
        backoff = Backoff()
        pause_s = min(max(self._poll_delay_s, _LEAST_PAUSE_S), _MOST_PAUSE_S)
        while True:
            try:
                await self.keep()
                if monotonic() >= self._asked_at + self._poll_pause_s():
                    await self.look_for_jobs()
            except REDIS_TROUBLE as error:
                logger.warning("%s, trying again", trouble(error))
                await backoff.wait()
                continue
            backoff.reset()
            self._fetcher.slots_changed()
            await asyncio.sleep(pause_s)

    async def keep(self) -> None:
        """Obey arq's aborts, and do what arq's heart beat does."""
        async with self._link.call():
            if self._aborts is not None:
                await self._aborts.take_arqs()
            await self._heart_beat()

    async def look_for_jobs(self) -> None:
        """Tell the fetcher if a job is due; asked by a command that costs next to nothing."""
        self._asked_at = monotonic()
        if not self._fetcher.wants_to_ask():
            return
        async with self._link.call():
            until_ms = self._link.server_ms() + 1
            due = await self._link.redis.zrangebyscore(
                self._link.queue_name, "-inf", until_ms, start=0, num=1
            )
        if due:
            self._fetcher.look()

    def _poll_pause_s(self) -> float:
        if self._listener.hears_plain_arq:
            return max(self._poll_delay_s, _QUIET_POLL_S)
        return self._poll_delay_s
