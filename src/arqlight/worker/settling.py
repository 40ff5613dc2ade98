"""What the worker writes of its jobs' ends: a `Settler` for finishes, one for what goes back to the queue."""

import logging
from functools import partial
from typing import TYPE_CHECKING

from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.scripts import FinishEntry, RescheduleEntry
from arqlight.worker import outcome
from arqlight.worker.run import JobRun
from arqlight.worker.settle import Settler

if TYPE_CHECKING:
    from arqlight.worker.worker import Worker

__all__ = ["Settling"]

logger = logging.getLogger("arqlight.worker")

# On a slower line than this a large result cannot be kept.
_LEAST_BYTES_PER_S = 1_000_000


class Settling:
    """Writes the ends of a worker's jobs."""

    def __init__(self, worker: "Worker") -> None:
        self._worker = worker
        self._finisher = Settler[FinishEntry](
            self._finish,
            self._settled,
            size=lambda entry: len(entry.record),
            shrink=partial(outcome.shrunk, worker),
            is_up=self._redis_is_up,
        )
        self._rescheduler = Settler[RescheduleEntry](self._reschedule, self._settled)

    @property
    def busy(self) -> bool:
        """Whether something is still to be written."""
        return self._finisher.busy or self._rescheduler.busy

    def add(self, run: JobRun, entry: FinishEntry | RescheduleEntry) -> None:
        """Have an entry written; the job's lease is kept until it is."""
        if isinstance(entry, FinishEntry):
            self._finisher.add(run, entry)
        else:
            self._rescheduler.add(run, entry)

    async def drain(self) -> None:
        """Wait until everything is written."""
        await self._finisher.drain()
        await self._rescheduler.drain()

    async def _finish(self, entries: list[FinishEntry], held: bool) -> list[str]:  # noqa: FBT001
        worker = self._worker
        size = sum(len(entry.record) for entry in entries)
        async with worker.calling_redis(size / _LEAST_BYTES_PER_S):
            return await worker.light_redis.scripts.finish(worker.queue_name, entries, held=held)

    async def _reschedule(self, entries: list[RescheduleEntry], held: bool) -> list[str]:  # noqa: FBT001
        worker = self._worker
        async with worker.calling_redis():
            return await worker.light_redis.scripts.reschedule(worker.queue_name, entries, held=held)

    async def _redis_is_up(self) -> bool:
        try:
            async with self._worker.calling_redis():
                return bool(await self._worker.light_redis.ping())
        except REDIS_TROUBLE:
            return False

    def _settled(self, run: JobRun, lost: bool, in_doubt: bool) -> None:  # noqa: FBT001
        lost = lost and not in_doubt
        if lost:
            logger.warning("%s lost its lease; what this worker did is dropped", run.ref)
        self._worker.settled(run, lost=lost)
