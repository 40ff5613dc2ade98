"""The worker's intake: one claim at a time.

While jobs wait, the next claim is sent before the last one's jobs are started. While none do and none runs,
the worker is *armed*: Redis has its next claim already, behind a command that blocks, and carries it out
itself when a job comes. So the job reaches the worker in one hop.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from redis.exceptions import NoPermissionError

from arqlight import keys
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.scripts import Claimed, Wait
from arqlight.worker.claim import MOST_JOBS, Claimer

if TYPE_CHECKING:
    from arqlight.worker.worker import Worker

__all__ = ["Intake"]

logger = logging.getLogger("arqlight.worker")

# For how long a claim waits at Redis. If the worker freezes meanwhile, it takes one job that it cannot run.
_MOST_ARMED_S = 5.0
_POKE_EXPIRY_S = 60
# With fewer, a connection that waits would be missed.
_LEAST_CONNECTIONS = 6
# What is heard of work concerns an armed worker only if its claim is not back by then.
_SOON_S = 0.005
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
        # The claim whose reply has not come, if it is an ordinary one.
        self._claiming: asyncio.Task[bool] | None = None
        # All claims, from when they are sent until their jobs are started.
        self._under_way: set[asyncio.Task[bool]] = set()
        # The claim whose reply has not come, if it waits at Redis.
        self._armed: asyncio.Task[bool] | None = None
        # That one, if the main loop has set it off and waits for it.
        self._disarmed: asyncio.Task[bool] | None = None
        # Whether this Redis lets a claim wait.
        self._can_arm = True
        # Jobs that are claimed and not started yet.
        self._unstarted = 0
        # The last claim that was begun without the main loop, until that has seen how it ended.
        self._unattended: asyncio.Task[bool] | None = None
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
        if self._armed is not None or limit <= 0 or not self._is_free():
            return False
        self._unattended = self._begin(limit)
        return True

    def arm(self, ended: Callable[[], None]) -> None:
        """Have a claim wait at Redis, if the worker has nothing to do and none waits there yet.

        It claims one job only, and goes on by itself if there are more. ``ended`` is called after it, unless
        the main loop waits for it.
        """
        worker = self._worker
        may_wait_s = min(_MOST_ARMED_S, worker.redis_timeout_s, self.claimer.seconds_to_next_claim())
        has_nothing_to_do = not (worker.leases or self._in_doubt or self.claimer.backlog)
        if (
            self._armed is None
            and self._is_free()
            and self.limit() > 0
            and has_nothing_to_do
            and may_wait_s > _SOON_S
            and self._can_arm
            and worker.light_redis.connection_pool.max_connections >= _LEAST_CONNECTIONS
        ):
            signals = (keys.poke(worker.worker_id), keys.signal(worker.queue_name))
            self._armed = self._unattended = self._begin(1, Wait(signals, may_wait_s))
            self._armed.add_done_callback(lambda task: None if task is self._disarmed else ended())

    def leave_to_armed(self, *, otherwise: Callable[[], None]) -> bool:
        """Leave a job that was heard of to the claim that waits at Redis; returns whether one does.

        If it yields none within a moment, ``otherwise`` is called.
        """
        armed = self._armed
        if armed is None:
            return False
        self._worker.loop.call_later(_SOON_S, lambda: None if _yielded(armed) else otherwise())
        return True

    def _is_free(self) -> bool:
        """Whether a claim may be begun beside the main loop: what ends a burst must know of every claim."""
        return self._claiming is None and self._worker.is_looping and not self._worker.burst

    async def take(self, *, woken: bool) -> None:
        """Claim what is due, if there may be something and there is a free slot, and start it."""
        begun = self._unattended
        if begun is not None and begun.done():
            self._unattended = None
            begun.result()  # its failure is the main loop's to deal with
            if not (woken or self.claimer.backlog or self._in_doubt):
                return
            woken = True
        if not self._worker.allow_pick_jobs:
            await self.disarm()
        if self._claiming is None:
            if self.limit() <= 0:
                return
            if not woken and not await self._is_worthwhile():
                return
        if self._armed is not None:
            await self.disarm()
            return
        # A wake may have begun a claim meanwhile.
        claiming = self._claiming
        if claiming is None:
            limit = self.limit()
            if limit <= 0:
                return
            claiming = self._begin(limit)
        await self._wait_for(claiming)

    async def disarm(self) -> None:
        """Have the claim that waits at Redis carried out, if one does, and wait for it."""
        armed = self._armed
        if armed is None:
            return
        self._disarmed = armed
        try:
            await self._poke()
            await self._wait_for(armed)
        except BaseException:
            self._disarmed = None
            raise

    async def _poke(self) -> None:
        poke = keys.poke(self._worker.worker_id)
        async with self._worker.calling_redis():
            await self._worker.light_redis.execute_after(
                ("RPUSH", poke, "1"), ("EXPIRE", poke, _POKE_EXPIRY_S)
            )

    async def _wait_for(self, claiming: asyncio.Task[bool]) -> None:
        if self._unattended is claiming:
            self._unattended = None
        # A claim is carried through even if the worker stops meanwhile; what it yields is handed back.
        await asyncio.shield(claiming)

    def _begin(self, limit: int, wait: Wait | None = None) -> asyncio.Task[bool]:
        claiming = asyncio.create_task(self._claim_and_start(limit, wait))
        if wait is None:
            self._claiming = claiming
        self._under_way.add(claiming)
        claiming.add_done_callback(self._ended)
        return claiming

    def _ended(self, claiming: asyncio.Task[bool]) -> None:
        self._under_way.discard(claiming)
        # If it fails before the loop waits for it, the next claim tells.
        if not claiming.cancelled():
            claiming.exception()

    async def take_these(self, job_ids: Sequence[str]) -> None:
        """Claim the given jobs as far as they are due and free, and start them."""
        for first in range(0, len(job_ids), MOST_JOBS):
            some = job_ids[first : first + MOST_JOBS]
            jobs, holder, lease_until = await self._claim(len(some), job_ids=some)
            for claimed in jobs:
                self._start(claimed, holder, lease_until)

    async def end(self) -> None:
        """Wait for what is under way. A claim's failure is its own; one that failed started nothing."""
        armed = self._armed
        if armed is not None:
            try:
                await self._poke()
            except REDIS_TROUBLE:
                armed.cancel()
        while self._under_way:
            await asyncio.wait(self._under_way)
        # It may have been cancelled, which is no concern of a next run.
        self._unattended = None

    def after_claim(self, callback: Callable[[], None]) -> None:
        """Call back when each claim that is under way has started its jobs."""
        for claiming in self._under_way:
            claiming.add_done_callback(lambda _: callback())

    async def _is_worthwhile(self) -> bool:
        if self._in_doubt:
            return True
        async with self._worker.calling_redis():
            return await self.claimer.is_worthwhile(self._worker.light_redis)

    async def _claim_and_start(self, limit: int, wait: Wait | None = None) -> bool:
        """Claim and start; returns whether there was a job."""
        try:
            jobs, holder, lease_until = await self._claim(limit, wait=wait)
        finally:
            if wait is None:
                self._claiming = None
            else:
                self._armed = None
        self._unstarted = len(jobs)
        if wait is None:
            await self._claim_ahead()
        self._unstarted = 0
        for claimed in jobs:
            self._start(claimed, holder, lease_until)
        if wait is not None:
            self._unattended = self._begin_next() or self._unattended
        return bool(jobs)

    def _begin_next(self) -> asyncio.Task[bool] | None:
        """Begin another claim, if it is sure to yield jobs and there is a free slot."""
        limit = self.limit()
        if not (self._worker.is_looping and self.claimer.backlog and limit > 0):
            return None
        return self._begin(limit)

    async def _claim_ahead(self) -> None:
        """Send the next claim before the jobs of this one are started, so that Redis works while they run."""
        # The main loop waits for it.
        if self._begin_next() is None:
            return
        try:
            for _ in range(_TURNS_TO_SEND):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self._unstarted = 0
            self._in_doubt = True
            raise

    async def _claim(
        self, limit: int, *, job_ids: Sequence[str] = (), wait: Wait | None = None
    ) -> tuple[list[Claimed], str, float]:
        """The jobs, the value of their in-progress keys, and until when the leases are good."""
        worker = self._worker
        await worker.leases.renew_lapsed()
        try:
            async with worker.calling_redis(wait.seconds if wait is not None else 0.0):
                await self._recover()
                jobs, holder, claimed_at = await self.claimer.claim(
                    worker.light_redis, limit, job_ids, wait=wait
                )
        except REDIS_TROUBLE as error:
            self._in_doubt = True
            if wait is not None and _forbids_waiting(error):
                logger.warning("no claim can wait at this redis (%s), so jobs start a little later", error)
                self._can_arm = False
            elif isinstance(error, TimeoutError) and wait is None:
                self.claimer.claim_fewer()
            raise
        except asyncio.CancelledError:
            self._in_doubt = True
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


def _forbids_waiting(error: Exception) -> bool:
    """Whether Redis refuses to wait: the user may not use BLPOP, or the server is older than 6."""
    return isinstance(error, NoPermissionError) or "timeout is not an integer" in str(error)


def _yielded(claiming: asyncio.Task[bool]) -> bool:
    """Whether a claim is over and there was a job."""
    return claiming.done() and not claiming.cancelled() and claiming.exception() is None and claiming.result()
