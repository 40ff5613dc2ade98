"""Sending progress: the last report of each job, a few times a second, all jobs in one call."""

import asyncio
import json

from arqlight.logs import get_logger
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.worker.attempt import Attempt
from arqlight.worker.link import Link

__all__ = ["ProgressSender"]

logger = get_logger("arqlight.worker")

_INTERVAL_S = 0.1
_EXPIRY_MS = 86_400_000


class ProgressSender:
    """Takes reports from jobs, in whatever thread they run, and sends the last one of each.

    Args:
        loop: the worker's event loop.
        link: the way to Redis.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, link: Link) -> None:
        self._loop = loop
        self._link = link
        self._reported: set[Attempt] = set()
        self._sender: asyncio.Task[None] | None = None

    def take(self, attempt: Attempt) -> None:
        """Note that a job has reported; cheap, and safe in any thread."""
        if attempt not in self._reported:
            self._reported.add(attempt)
            self._loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        if self._sender is None or self._sender.done():
            self._sender = self._loop.create_task(self._send_all())

    async def _send_all(self) -> None:
        while self._reported:
            # Taken one by one: threads may add meanwhile.
            attempts = [self._reported.pop() for _ in range(len(self._reported))]
            reports = [
                (attempt.job_id, attempt.holder, _progress_json(attempt))
                for attempt in attempts
                if attempt.is_running
            ]
            try:
                if reports:
                    await self._send(reports)
            except REDIS_TROUBLE as error:
                logger.debug("progress of %d jobs was not sent: %s", len(reports), error)
            await asyncio.sleep(_INTERVAL_S)

    async def _send(self, reports: list[tuple[str, str, str]]) -> None:
        async with self._link.call():
            await self._link.scripts.progress(self._link.queue_name, reports, expiry_ms=_EXPIRY_MS)


def _progress_json(attempt: Attempt) -> str:
    fraction, done, total, message = attempt.progress or (None, None, None, None)
    return json.dumps(
        {
            "job_try": attempt.job_try,
            "fraction": fraction,
            "done": done,
            "total": total,
            "message": message,
        }
    )
