"""The worker's intake: one claim at a time, the next one sent before the last one's jobs are started."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from arqlight.scripts import Claimed
from arqlight.worker.backoff import REDIS_AWAY
from arqlight.worker.claim import Claimer

if TYPE_CHECKING:
    from arqlight.worker.worker import Worker

__all__ = ["Intake"]

logger = logging.getLogger("arqlight.worker")

# After so many turns of the loop what was written is on its way: uvloop sends at a turn's end.
_TURNS_TO_SEND = 2


class Intake:
    """Claims jobs for a worker and starts them.

    Args:
        worker: whose jobs they are.
        start: called with each claimed job, its in-progress key's value, and until when its lease is good.
    """

    def __init__(self, worker: "Worker", start: Callable[[Claimed, str, float], None]) -> None:
        self.claimer = Claimer(worker.queue_name, worker.worker_id, worker.lease_s, worker.max_jobs)
        self._worker = worker
        self._start = start
        self._claiming: asyncio.Task[None] | None = None
        # That one, and the one before it while it starts its jobs.
        self._under_way: set[asyncio.Task[None]] = set()
        # Jobs that are claimed and not started yet.
        self._unstarted = 0
        # The claim that was begun since the main loop's last turn.
        self._begun: asyncio.Task[None] | None = None
        # Whether a claim may have been carried out whose reply never came.
        self._in_doubt = False

    def limit(self) -> int:
        """How many jobs may be claimed now."""
        worker = self._worker
        if not worker.allow_pick_jobs:
            return 0
        limit = min(worker.max_jobs - len(worker.tasks) - self._unstarted, worker.queue_read_limit)
        if worker.burst and worker.max_burst_jobs >= 0:
            limit = min(limit, worker.max_burst_jobs - worker.jobs_started() - self._unstarted)
        return limit

    def has_more(self) -> bool:
        """Whether a claim is under way, or another one is sure to yield jobs."""
        return self._claiming is not None or (self.claimer.backlog and self.limit() > 0)

    def take_now(self) -> bool:
        """Begin a claim without the main loop, if none is under way; returns whether it was begun."""
        limit = self.limit()
        # What ends a burst must not be overtaken by a claim that it knows nothing of.
        if self._claiming is not None or limit <= 0 or not self._worker.is_looping or self._worker.burst:
            return False
        self._begun = self._begin(limit)
        return True

    async def take(self, *, woken: bool) -> None:
        """Claim what is due, if there may be something and there is a free slot, and start it."""
        begun, self._begun = self._begun, None
        if begun is not None and begun.done():
            # Its failure is the main loop's to deal with.
            begun.result()
            woken = woken or self.claimer.backlog or self._in_doubt
            if not woken:
                return
        if self._claiming is None and (self.limit() <= 0 or not (woken or await self._is_worthwhile())):
            return
        # A wake may have begun a claim meanwhile.
        claiming = self._claiming
        if claiming is None:
            limit = self.limit()
            if limit <= 0:
                return
            claiming = self._begin(limit)
        # A claim is carried through even if the worker stops meanwhile; what it yields is handed back.
        await asyncio.shield(claiming)

    def _begin(self, limit: int) -> asyncio.Task[None]:
        self._claiming = claiming = asyncio.create_task(self._claim_and_start(limit))
        self._under_way.add(claiming)
        claiming.add_done_callback(self._ended)
        return claiming

    def _ended(self, claiming: asyncio.Task[None]) -> None:
        self._under_way.discard(claiming)
        # If it fails before the loop waits for it, the next claim tells.
        if not claiming.cancelled():
            claiming.exception()

    async def take_these(self, job_ids: Sequence[str]) -> None:
        """Claim the given jobs as far as they are due and free, and start them."""
        jobs, holder, lease_until = await self._claim(len(job_ids), job_ids)
        for claimed in jobs:
            self._start(claimed, holder, lease_until)

    async def end(self) -> None:
        """Wait for what is under way. A claim's failure is its own; one that failed started nothing."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def after_claim(self, callback: Callable[[], None]) -> None:
        """Call back when each claim that is under way has started its jobs."""
        for claiming in self._under_way:
            claiming.add_done_callback(lambda _: callback())

    async def _is_worthwhile(self) -> bool:
        if self._in_doubt:
            return True
        async with self._worker.calling_redis():
            return await self.claimer.is_worthwhile(self._worker.light_redis)

    async def _claim_and_start(self, limit: int) -> None:
        try:
            jobs, holder, lease_until = await self._claim(limit)
        finally:
            self._claiming = None
        self._unstarted = len(jobs)
        limit = self.limit()
        if self._worker.is_looping and self.claimer.backlog and limit > 0:
            # Sent before these jobs are started, so that Redis works on it while they run.
            # The main loop waits for it.
            _ = self._begin(limit)
            try:
                for _ in range(_TURNS_TO_SEND):
                    await asyncio.sleep(0)
            except asyncio.CancelledError:
                self._unstarted = 0
                self._in_doubt = True
                raise
        self._unstarted = 0
        for claimed in jobs:
            self._start(claimed, holder, lease_until)

    async def _claim(self, limit: int, job_ids: Sequence[str] = ()) -> tuple[list[Claimed], str, float]:
        """The jobs, the value of their in-progress keys, and until when the leases are good."""
        worker = self._worker
        await worker.leases.renew_lapsed()
        claimed_at = monotonic()
        try:
            async with worker.calling_redis():
                await self._recover()
                jobs, holder = await self.claimer.claim(worker.light_redis, limit, job_ids)
        except REDIS_AWAY as error:
            self._in_doubt = True
            if isinstance(error, TimeoutError):
                self.claimer.claim_fewer()
            raise
        lease_until = claimed_at + worker.lease_s
        if jobs and monotonic() > lease_until:
            # The process stood still meanwhile, and the jobs may be another worker's by now.
            self._in_doubt = True
            jobs = []
        return jobs, holder, lease_until

    async def _recover(self) -> None:
        if not self._in_doubt:
            return
        worker = self._worker
        returned = await worker.light_redis.scripts.recover(
            worker.queue_name, worker_id=worker.worker_id, known=worker.leases.job_ids()
        )
        self._in_doubt = False
        if returned:
            logger.info("handed back %d jobs of a claim that was cut off", returned)
