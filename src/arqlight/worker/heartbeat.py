"""The heartbeat: keep the leases of all running jobs, show that the worker lives, learn what must stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.worker.backoff import trouble

__all__ = ["Heartbeat"]

logger = logging.getLogger("arqlight.worker")


class Heartbeat:
    """Beats a few times within each lease, and whenever it is asked to.

    Args:
        interval_s: seconds between beats.
        beat: one heartbeat.
    """

    def __init__(self, interval_s: float, beat: Callable[[], Awaitable[None]]) -> None:
        self._interval_s = interval_s
        self._beat = beat
        self._asked = asyncio.Event()

    def beat_now(self) -> None:
        """Beat as soon as possible."""
        self._asked.set()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            try:
                await self._beat()
                pause = self._interval_s
            except REDIS_TROUBLE as error:
                logger.warning("no heartbeat: %s", trouble(error))
                pause = min(1.0, self._interval_s / 3)
            except Exception:
                # Without a heartbeat all leases would lapse, in silence.
                logger.exception("no heartbeat")
                pause = self._interval_s / 3
            try:
                async with asyncio.timeout(pause):
                    await self._asked.wait()
            except TimeoutError:
                pass
            self._asked.clear()
