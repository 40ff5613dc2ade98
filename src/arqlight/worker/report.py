"""Sending progress: the last report of each job, a few times a second, all jobs in one call."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.worker.run import JobRun

__all__ = ["ProgressSender"]

logger = logging.getLogger("arqlight.worker")

_INTERVAL_S = 0.1


class ProgressSender:
    """Takes reports from jobs, in whatever thread they run, and sends the last one of each.

    Args:
        loop: the worker's event loop.
        send: the script call; takes id, holder and the event's JSON of each job.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        send: Callable[[list[tuple[str, str, str]]], Awaitable[int]],
    ) -> None:
        self._loop = loop
        self._send = send
        self._reported: set[JobRun] = set()
        self._sender: asyncio.Task[None] | None = None

    def take(self, run: JobRun) -> None:
        """Note that a job has reported; cheap, and safe in any thread."""
        if run not in self._reported:
            self._reported.add(run)
            self._loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        if self._sender is None or self._sender.done():
            self._sender = self._loop.create_task(self._run())

    async def _run(self) -> None:
        while self._reported:
            # Taken one by one: threads may add meanwhile.
            runs = [self._reported.pop() for _ in range(len(self._reported))]
            running = [run for run in runs if run.task is not None and not run.task.done()]
            reports = [(run.job_id, run.holder, _progress_json(run)) for run in running]
            try:
                if reports:
                    await self._send(reports)
            except REDIS_TROUBLE as error:
                logger.debug("progress of %d jobs was not sent: %s", len(reports), error)
            await asyncio.sleep(_INTERVAL_S)


def _progress_json(run: JobRun) -> str:
    fraction, done, total, message = run.progress or (None, None, None, None)
    return json.dumps(
        {
            "job_try": run.job_try,
            "fraction": fraction,
            "done": done,
            "total": total,
            "message": message,
        }
    )
