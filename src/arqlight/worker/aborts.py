"""Aborts: telling running functions to stop, and saying so in the log when one does not."""

import asyncio
from typing import Any

from arqlight import keys
from arqlight.logs import get_logger
from arqlight.models import EventType
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.worker.attempt import Attempt, Stop
from arqlight.worker.entries import abort_ignored_json
from arqlight.worker.link import Link
from arqlight.worker.running import Running

__all__ = ["Aborts"]

logger = get_logger("arqlight.worker")

# How long after an abort a function that still runs is reported to ignore it.
_PATIENCE_S = 1.0


class Aborts:
    """Carries out the aborts that were asked of the worker's jobs.

    Args:
        link: the way to Redis.
        running: what the worker runs.
    """

    def __init__(self, link: Link, running: Running) -> None:
        self._link = link
        self._running = running
        self._notes: set[asyncio.Task[None]] = set()

    def abort(self, attempt: Attempt) -> None:
        """Tell a running function to stop, unless it was told already."""
        if attempt.stop is None and attempt.task is not None:
            attempt.request_stop(Stop.abort)
            asyncio.get_running_loop().call_later(_PATIENCE_S, self._report_if_running, attempt)

    async def take_arqs(self) -> None:
        """Stop the jobs that arq's ``Job.abort`` marked; ``allow_abort_jobs`` is for these."""
        if not self._running.held:
            return
        marks: Any = await self._link.redis.zrange(keys.ARQ_ABORTS, start=0, end=-1, withscores=True)
        for job_id, asked_ms in marks:
            attempt = self._running.held.get(job_id.decode())
            # A mark older than the job was meant for an earlier one of the same id.
            if attempt is not None and attempt.record is not None and asked_ms >= attempt.record.enqueue_ms:
                self.abort(attempt)

    def _report_if_running(self, attempt: Attempt) -> None:
        if attempt.is_stoppable and attempt.stop is Stop.abort:
            logger.warning("%s was told to abort and runs on", attempt.ref)
            note = asyncio.get_running_loop().create_task(self.note_ignored(attempt))
            self._notes.add(note)
            note.add_done_callback(self._notes.discard)

    async def note_ignored(self, attempt: Attempt) -> None:
        """Say in the event log, once, that a job was told to abort and did not."""
        if attempt.abort_noted:
            return
        attempt.abort_noted = True
        try:
            async with self._link.call():
                await self._link.scripts.note(
                    self._link.queue_name,
                    attempt.job_id,
                    holder=attempt.holder,
                    event=EventType.abort_ignored,
                    data=abort_ignored_json(attempt),
                )
        except REDIS_TROUBLE as error:
            logger.warning("%s ignored its abort; the log could not be told: %s", attempt.ref, error)
