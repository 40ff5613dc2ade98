"""When a worker in burst mode is done: arq's rule, and nothing left that is not written."""

import asyncio

from arqlight.worker.hooks import Hooks
from arqlight.worker.link import Link
from arqlight.worker.running import Running
from arqlight.worker.writer import Writer

__all__ = ["Burst"]


class Burst:
    """Tells when the queue is empty and everything is done, or as many tries were started as may be.

    Args:
        link: the way to Redis.
        running: what runs.
        writer: what is still to be written.
        hooks: which ``after_job_end`` have not ended.
    """

    def __init__(self, link: Link, running: Running, writer: Writer, hooks: Hooks) -> None:
        self._link = link
        self._running = running
        self._writer = writer
        self._hooks = hooks

    async def is_done(self) -> bool:
        """Whether the worker may end. What was started is waited for then."""
        is_limit_reached = 0 <= self._running.max_burst_jobs <= self._running.started()
        if not is_limit_reached and (self._is_busy() or await self._do_jobs_wait()):
            return False
        while self._running.tasks:
            await asyncio.gather(*self._running.tasks.values(), return_exceptions=True)
        await self._writer.drain()
        await self._hooks.wait()
        return True

    def _is_busy(self) -> bool:
        return bool(self._running.tasks) or self._writer.is_busy or self._hooks.are_busy

    async def _do_jobs_wait(self) -> bool:
        async with self._link.call():
            return bool(await self._link.redis.zcard(self._link.queue_name))
