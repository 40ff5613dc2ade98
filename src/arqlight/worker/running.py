"""What a worker holds and runs: the one owner of its tries, its free slots and whether it takes more."""

import asyncio
from collections.abc import Callable
from typing import Any

from arqlight.worker.attempt import Attempt, Stop
from arqlight.worker.observers import Counts

__all__ = ["Running"]


class Running:
    """The tries of a worker, by job id.

    A try is held from its claim until its end is written, and runs as long as its task does.

    Args:
        counts: how many tries have ended.
        max_jobs: how many may run at once.
    """

    def __init__(self, counts: Counts, *, max_jobs: int) -> None:
        self.held: dict[str, Attempt] = {}
        self.tasks: dict[str, asyncio.Task[Any]] = {}
        self.max_jobs = max_jobs
        # How many may be claimed at once.
        self.read_limit = max_jobs
        # Whether the worker ends when no jobs are left, and how many tries it may start: no limit below 0.
        self.burst = False
        self.max_burst_jobs = -1
        # Whether more may be claimed, and whether what runs is being handed back.
        self.accepts = True
        self.is_stopping = False
        # Claims that are under way, or whose jobs are not begun yet.
        self.claims = 0
        # Tries that run with no other beside them, the first one now or next; each waits for its event.
        self._loners: dict[Attempt, asyncio.Event] = {}
        # Called when there may be room for more, or nothing to do any more.
        self.changed: Callable[[], None] = _nothing
        # How many slots are taken by threads that are held.
        self.slots_of_threads: Callable[[int], int] = _none
        self._counts = counts

    def room(self, unstarted: int = 0) -> int:
        """How many jobs may be claimed now, beside so many that are claimed and not started yet."""
        if not self.accepts or self._loners:
            return 0
        taken = len(self.tasks) + unstarted + self.slots_of_threads(self.max_jobs)
        room = min(self.max_jobs - taken, self.read_limit)
        if self.burst and self.max_burst_jobs >= 0:
            room = min(room, self.max_burst_jobs - self.started() - unstarted)
        return max(0, room)

    def started(self) -> int:
        """How many tries were started, which ``max_burst_jobs`` limits; arq's count."""
        return self._counts.all + len(self.tasks)

    def hold(self, attempt: Attempt) -> Attempt | None:
        """Hold a try that was just claimed.

        Returns:
            The earlier try of the same job, if it is held still: its lease lapsed, and the one that claimed
            the job again is this worker itself.
        """
        former = self.held.get(attempt.job_id)
        self.held[attempt.job_id] = attempt
        return former

    def drop(self, attempt: Attempt) -> None:
        """Hold it no longer: its end is written, or the lease is lost."""
        if self.held.get(attempt.job_id) is attempt:
            del self.held[attempt.job_id]
        if not self.held:
            self.changed()

    def begin(self, attempt: Attempt, task: asyncio.Task[Any]) -> None:
        """Its task has begun."""
        if attempt.runs_alone:
            self._loners[attempt] = asyncio.Event()
        attempt.task = self.tasks[attempt.job_id] = task
        if self.is_stopping:
            attempt.request_stop(Stop.shutdown)

    def end(self, attempt: Attempt) -> None:
        """Its task has ended."""
        if self.tasks.get(attempt.job_id) is attempt.task:
            del self.tasks[attempt.job_id]
        if self._loners:
            self._loners.pop(attempt, None)
            self._let_one_be_alone()
        self.changed()

    def claim_ended(self) -> None:
        """The jobs of a claim are begun, or it failed."""
        self.claims -= 1
        self._let_one_be_alone()

    async def until_alone(self, attempt: Attempt) -> None:
        """Wait until no other try runs; nothing is claimed from the time it has begun until it has ended."""
        self._let_one_be_alone()
        await self._loners[attempt].wait()

    def _let_one_be_alone(self) -> None:
        if self._loners and len(self.tasks) == len(self._loners) and not self.claims:
            next(iter(self._loners.values())).set()

    def attempts(self) -> list[Attempt]:
        """The tries whose function has not ended."""
        return [attempt for attempt in self.held.values() if attempt.is_running]


def _nothing() -> None: ...


def _none(max_jobs: int) -> int:
    del max_jobs
    return 0
