"""The one writer of what became of tries: a `Lane` for finishes, one for what goes back to the queue."""

from collections.abc import Callable

from arqlight.logs import get_logger
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.scripts import FinishEntry, RescheduleEntry
from arqlight.worker.attempt import Attempt
from arqlight.worker.entries import Entry
from arqlight.worker.lane import Lane, Shrink
from arqlight.worker.link import Link
from arqlight.worker.observers import Observers, tell

__all__ = ["Writer"]

logger = get_logger("arqlight.worker")

# On a slower line than this a large result cannot be kept.
_LEAST_BYTES_PER_S = 1_000_000


class Writer:
    """Writes the ends of a worker's tries.

    Args:
        link: the way to Redis.
        observers: told of each try that is written.
        shrink: makes the entry to write in place of one that Redis refuses.
        written: called with each try that is written, and whether it was not ours to write.
    """

    def __init__(
        self,
        link: Link,
        observers: Observers,
        *,
        shrink: Shrink[FinishEntry],
        written: Callable[[Attempt, bool], None],
    ) -> None:
        self._link = link
        self._observers = observers
        self._tell = written
        self._finishes = Lane[FinishEntry](
            self._finish,
            self._written,
            size=lambda entry: len(entry.record),
            shrink=shrink,
            is_up=self._redis_is_up,
        )
        self._reschedules = Lane[RescheduleEntry](self._reschedule, self._written)

    @property
    def is_busy(self) -> bool:
        """Whether something is still to be written."""
        return self._finishes.is_busy or self._reschedules.is_busy

    def add(self, attempt: Attempt, entry: Entry) -> None:
        """Have an entry written; the job's lease is kept until it is."""
        if isinstance(entry, FinishEntry):
            self._finishes.add(attempt, entry)
        else:
            self._reschedules.add(attempt, entry)

    async def drain(self) -> None:
        """Wait until everything is written."""
        await self._finishes.drain()
        await self._reschedules.drain()

    async def _finish(self, entries: list[FinishEntry], held: bool) -> list[str]:  # noqa: FBT001
        size = sum(len(entry.record) for entry in entries)
        async with self._link.call(size / _LEAST_BYTES_PER_S):
            return await self._link.scripts.finish(self._link.queue_name, entries, held=held)

    async def _reschedule(self, entries: list[RescheduleEntry], held: bool) -> list[str]:  # noqa: FBT001
        # Records are sent only for jobs that Redis has forgotten: they may be large.
        light = [entry._replace(record=b"") for entry in entries]
        async with self._link.call():
            lost, forgotten = await self._link.scripts.reschedule(self._link.queue_name, light, held=held)
        if forgotten:
            again = [entry for entry in entries if entry.job_id in forgotten]
            size = sum(len(entry.record) for entry in again)
            async with self._link.call(size / _LEAST_BYTES_PER_S):
                more, _ = await self._link.scripts.reschedule(self._link.queue_name, again, held=held)
            lost += more
        return lost

    async def _redis_is_up(self) -> bool:
        try:
            return await self._link.is_up()
        except REDIS_TROUBLE:
            return False

    def _written(self, attempt: Attempt, lost: bool, in_doubt: bool) -> None:  # noqa: FBT001
        is_lost = lost and not in_doubt
        if is_lost:
            logger.warning("%s lost its lease; what this worker did is dropped", attempt.ref)
        self._tell(attempt, is_lost)
        if self._observers.written:
            tell(self._observers.written, attempt, is_lost)
