"""A lane: what is to be written of one kind, in batches of one script call each, kept until it is written.

The first goes at once; what ends while a call is under way goes with the next one. Nothing is dropped when
Redis is away: it is written when Redis is back, and the scripts refuse what the worker lost the lease of.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Generic, TypeVar

from redis.exceptions import (
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)

from arqlight.logs import get_logger
from arqlight.redis.failures import REDIS_TROUBLE, trouble
from arqlight.scripts import FinishEntry, RescheduleEntry
from arqlight.worker.attempt import Attempt
from arqlight.worker.link import Backoff

__all__ = ["Lane"]

logger = get_logger("arqlight.worker")

_MOST_JOBS = 500
# A larger entry goes alone.
_MOST_BYTES = 1_000_000
# A record that Redis itself refuses (too large for it, say) is given up after this many lonely tries.
_LONELY_TRIES = 3
# Redis may refuse a large one by closing the connection; then it is given up after this many tries.
_LARGE_TRIES = 5

# What a server says that is full, a replica, without its disk, ...: as types where redis-py has them, else
# by the first word.
_PASSING_TYPES = (OutOfMemoryError, ReadOnlyError, NoPermissionError, NoScriptError)
_PASSING_WORDS = ("MISCONF", "BUSY", "MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN")

Entry = TypeVar("Entry", FinishEntry, RescheduleEntry)
Send = Callable[[list[Entry], bool], Awaitable[list[str]]]
Shrink = Callable[[Attempt, Entry, Exception], Entry]


class Lane(Generic[Entry]):
    """Writes one kind of entry.

    Args:
        send: the script call; takes the entries and whether their leases are held by the worker's own clock,
            and returns the ids whose lease was lost.
        written: told of each try that is written, whether its lease was lost, and whether that is in doubt.
        size: about how many bytes an entry is.
        shrink: makes the entry to write in place of one that Redis refuses.
        is_up: tells whether Redis answers.
    """

    def __init__(
        self,
        send: Send[Entry],
        written: Callable[[Attempt, bool, bool], None],
        *,
        size: Callable[[Entry], int] = lambda _entry: 0,
        shrink: Shrink[Entry] | None = None,
        is_up: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self._send: Send[Entry] = send
        self._written = written
        self._size: Callable[[Entry], int] = size
        self._shrink: Shrink[Entry] | None = shrink
        self._is_up = is_up
        self._pending: list[tuple[Attempt, Entry]] = []
        # How often a call with the entry was cut off.
        self._cut_off: Counter[Attempt] = Counter()
        self._flusher: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is still to be written."""
        return bool(self._pending) or (self._flusher is not None and not self._flusher.done())

    def add(self, attempt: Attempt, entry: Entry) -> None:
        """Have an entry written."""
        self._pending.append((attempt, entry))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.get_running_loop().create_task(self._flush())

    async def drain(self) -> None:
        """Wait until everything is written."""
        while self._flusher is not None and self.is_busy:
            await asyncio.shield(self._flusher)

    async def _flush(self) -> None:
        backoff = Backoff()
        while self._pending:
            batch = self._next_batch()
            try:
                lost = await self._write(batch)
            except REDIS_TROUBLE as error:
                logger.warning("%s, %d jobs wait to be written", trouble(error), len(self._pending))
                await self._put_off(batch, error)
                await backoff.wait()
                continue
            backoff.reset()
            del self._pending[: len(batch)]
            for attempt, _ in batch:
                # A call that was cut off may have been carried out; the second one then finds no lease.
                self._written(attempt, attempt.job_id in lost, self._cut_off.pop(attempt, 0) > 0)

    async def _put_off(self, batch: list[tuple[Attempt, Entry]], error: Exception) -> None:
        """Count a call that was cut off. A large entry lets the others pass, and is given up in the end."""
        attempt, entry = batch[0]
        if len(batch) > 1 or self._size(entry) <= _MOST_BYTES:
            self._cut_off.update(attempt for attempt, _ in batch)
            return
        if self._is_up is None or await self._is_up():
            self._cut_off[attempt] += 1
        if self._shrink is not None and self._cut_off[attempt] >= _LARGE_TRIES:
            logger.error("job %s: its result cannot be sent (%s)", attempt.job_id, error)
            entry = self._shrink(attempt, entry, error)
        del self._pending[0]
        self._pending.append((attempt, entry))

    def _next_batch(self) -> list[tuple[Attempt, Entry]]:
        size, count = 0, 0
        for _, entry in self._pending[:_MOST_JOBS]:
            size += self._size(entry)
            if count and size > _MOST_BYTES:
                break
            count += 1
        return self._pending[:count]

    async def _write(self, batch: Sequence[tuple[Attempt, Entry]]) -> set[str]:
        entries = [entry for _, entry in batch]
        now = monotonic()
        held = all(attempt.lease_until > now for attempt, _ in batch)
        try:
            return set(await self._send(entries, held))
        except Exception as error:
            if not _blames_the_entry(error):
                raise
            logger.warning("redis refused to write %d jobs (%s), writing them one by one", len(batch), error)
        lost: set[str] = set()
        for attempt, entry in batch:
            lost |= await self._write_alone(attempt, entry, held=held)
        return lost

    async def _write_alone(self, attempt: Attempt, entry: Entry, *, held: bool) -> set[str]:
        for lonely_try in range(1, _LONELY_TRIES + 1):
            try:
                return set(await self._send([entry], held))
            except Exception as error:
                if not _blames_the_entry(error):
                    raise
                logger.exception("redis refused to write job %s", attempt.job_id)
                if self._shrink is not None and lonely_try < _LONELY_TRIES:
                    entry = self._shrink(attempt, entry, error)
        return set()


def _blames_the_entry(error: Exception) -> bool:
    """Whether trying again cannot help: not so while the server is away, loads, is full, or is a replica."""
    if not isinstance(error, ResponseError):
        return not isinstance(error, REDIS_TROUBLE)
    return not isinstance(error, _PASSING_TYPES) and not str(error).startswith(_PASSING_WORDS)
