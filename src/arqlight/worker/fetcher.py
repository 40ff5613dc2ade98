"""The fetcher: the one loop that claims jobs. Whoever knows of work only tells it to look.

While jobs wait, the next claim is sent before the last one's jobs are started, so that Redis and the worker
work at the same time. While the worker has nothing to do, its next claim waits at Redis (`WaitingClaim`).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import NamedTuple

from redis.exceptions import ReadOnlyError

from arqlight.logs import get_logger
from arqlight.redis.failures import REDIS_TROUBLE, trouble
from arqlight.scripts import Claimed, Wait
from arqlight.worker.link import Backoff, Link
from arqlight.worker.pacing import MOST_JOBS, Pacing
from arqlight.worker.running import Running
from arqlight.worker.waiting_claim import WaitingClaim

__all__ = ["Fetcher"]

logger = get_logger("arqlight.worker")

# After so many turns of the event loop what was written is on its way: uvloop sends at a turn's end.
_TURNS_TO_SEND = 2

Begin = Callable[[Claimed, str, float], None]


class Catch(NamedTuple):
    """What a claim yielded: the jobs, their in-progress keys' value, and until when the leases are good."""

    jobs: list[Claimed]
    holder: str
    lease_until: float


class Fetcher:
    """Claims jobs and starts them.

    Args:
        link: the way to Redis.
        running: how much room there is.
        pacing: how many to claim, and when.
        waiting: lets a claim wait at Redis.
        begin: called with each claimed job, its in-progress key's value, and until when its lease is good.
        renew_lapsed: called before each claim, which would otherwise take the worker's own jobs from it.
        worker_id: who claims.
        lease_s: for how long a claim is good without a heartbeat.
    """

    def __init__(
        self,
        link: Link,
        running: Running,
        pacing: Pacing,
        waiting: WaitingClaim,
        *,
        begin: Begin,
        renew_lapsed: Callable[[], Awaitable[None]],
        worker_id: str,
        lease_s: float,
    ) -> None:
        self._link = link
        self._running = running
        self._pacing = pacing
        self._waiting = waiting
        self._begin = begin
        self._renew_lapsed = renew_lapsed
        self._worker_id = worker_id
        self._lease_s = lease_s
        self._token = 0
        # Jobs that are claimed and not started yet.
        self._unstarted = 0
        # What to call after how many of the claims that are under way.
        self._afterwards: dict[Callable[[], None], int] = {}
        # Whether somebody said that there is work, since the last claim was sent.
        self._told = False
        # Whether a claim may have been carried out whose reply never came.
        self._in_doubt = False
        # Set when there may be a reason to claim, or to end.
        self._stirred = asyncio.Event()
        self._ended = asyncio.Event()
        # Whether the loop runs.
        self._over = asyncio.Event()
        self._over.set()

    # -- what others may say

    def look(self) -> None:
        """There may be work: claim, as soon as there is room."""
        self._told = True
        self.stir()

    def stir(self) -> None:
        """Something has changed: think again whether to claim. A claim that waits at Redis is called back."""
        self._stirred.set()
        self._waiting.call_back()

    def slots_changed(self) -> None:
        """A slot has become free, or nothing is held any more."""
        if self._pacing.backlog or self._told or self._running.burst or not self._running.held:
            self._stirred.set()

    def end(self) -> None:
        """Claim no more, and let the loop end. A claim that is under way is carried through."""
        self._ended.set()
        self.stir()

    def after_claim(self, callback: Callable[[], None]) -> None:
        """Call back when each claim that is under way has started its jobs."""
        if self._running.claims:
            self._afterwards[callback] = self._running.claims

    def wants_to_ask(self) -> bool:
        """Whether it depends on being told: there is room, and no claim is due anyway."""
        return self._room() > 0 and not self._told and not self._pacing.is_due()

    # -- the loop

    async def run(self, is_done: Callable[[], Awaitable[bool]] | None = None) -> None:
        """Claim until `end`, or until ``is_done``, asked after each claim. Redis being away is waited for."""
        self._ended.clear()
        self._over.clear()
        try:
            await self._run(is_done)
        finally:
            self._over.set()

    async def wait(self) -> None:
        """Wait until the loop has ended."""
        await self._over.wait()

    async def _run(self, is_done: Callable[[], Awaitable[bool]] | None) -> None:
        backoff = Backoff()
        while not self._ended.is_set():
            self._stirred.clear()
            try:
                await self.fetch(ahead=True)
                if is_done is not None and await is_done():
                    return
                await self._wait_for_more()
            except REDIS_TROUBLE as error:
                logger.warning("%s, trying again", trouble(error))
                if isinstance(error, ReadOnlyError):
                    # It became a replica: the address may lead to the new master by now.
                    await self._link.redis.connection_pool.disconnect()
                await _wait(self._ended, backoff.next_s())
            else:
                backoff.reset()

    async def fetch(self, *, ahead: bool = False) -> None:
        """Claim what is due and start it, if there is reason to and room for it.

        Args:
            ahead: whether to go on as long as more is sure to come.
        """
        if self._room() <= 0 or not (self._told or self._in_doubt or self._pacing.is_due()):
            return
        catch = await self._claim(self._room())
        while True:
            self._unstarted = len(catch.jobs)
            following = await self._claim_ahead() if ahead else None
            self._start(catch)
            if following is None:
                return
            catch = await following

    async def fetch_these(self, job_ids: Sequence[str]) -> None:
        """Claim the given jobs as far as they are due, free and there is room, and start them."""
        wanted = job_ids[: max(0, self._room() - self._waiting.is_at_redis)]
        for first in range(0, len(wanted), MOST_JOBS):
            some = wanted[first : first + MOST_JOBS]
            self._start(await self._claim(len(some), job_ids=some))

    def _room(self) -> int:
        return self._running.room(self._unstarted)

    def _start(self, catch: Catch) -> None:
        self._unstarted = 0
        for claimed in catch.jobs:
            self._begin(claimed, catch.holder, catch.lease_until)
        self._one_less_under_way()

    async def _claim_ahead(self) -> "asyncio.Task[Catch] | None":
        """Send another claim, if it is sure to yield jobs and there is room."""
        room = self._room()
        if self._ended.is_set() or not self._pacing.backlog or room <= 0:
            return None
        following = asyncio.get_running_loop().create_task(self._claim(room))
        try:
            for _ in range(_TURNS_TO_SEND):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            following.cancel()
            self._unstarted = 0
            self._in_doubt = True
            raise
        return following

    async def _wait_for_more(self) -> None:
        """Wait until there may be a reason to claim: at Redis if the worker has nothing to do, else here."""
        if self._stirred.is_set():
            return
        has_nothing_to_do = not (self._running.held or self._running.burst or self._in_doubt)
        if has_nothing_to_do and self._room() > 0:
            seconds = self._waiting.seconds(self._pacing.seconds_to_next_claim())
            if seconds:
                await self._claim_at_redis(seconds)
                return
        await _wait(self._stirred, self._pacing.seconds_to_next_claim() if self._room() > 0 else None)

    async def _claim_at_redis(self, seconds: float) -> None:
        """Claim one job when it comes; if there are more, the loop goes on by itself."""
        async with self._waiting.at_redis(seconds) as wait:
            catch = await self._claim(1, wait=wait)
        self._start(catch)
        # Its function is called before the next claim is made up and sent.
        await asyncio.sleep(0)

    # -- one claim

    async def _claim(self, room: int, *, job_ids: Sequence[str] = (), wait: Wait | None = None) -> Catch:
        self._running.claims += 1
        try:
            await self._renew_lapsed()
            async with self._link.call(wait.seconds if wait is not None else 0.0):
                await self._recover()
                return await self._call(room, job_ids, wait)
        except BaseException as error:
            self._in_doubt = True
            if isinstance(error, TimeoutError) and wait is None:
                self._pacing.claim_fewer()
            self._one_less_under_way()
            raise

    async def _call(self, room: int, job_ids: Sequence[str], wait: Wait | None) -> Catch:
        limit = len(job_ids) or self._pacing.limit(room)
        self._token += 1
        token, sent_at = self._token, monotonic()
        if wait is None:
            # What is said while one waits at Redis may be about a job that it is too early for.
            self._told = False
        reply = await self._link.scripts.claim(
            self._link.queue_name,
            worker_id=self._worker_id,
            token=token,
            lease_ms=round(self._lease_s * 1000),
            limit=limit,
            floor=self._pacing.floor,
            job_ids=job_ids,
            wait=wait,
        )
        waited_s = wait.seconds if wait is not None else 0.0
        claimed_at = self._link.clock.learn(reply.now_ms, sent_at, waited_s)
        self._pacing.learn(reply, limit)
        lease_until = claimed_at + self._lease_s
        jobs = reply.jobs
        if jobs and monotonic() > lease_until:
            # The process stood still meanwhile, and the jobs may be another worker's by now.
            self._in_doubt = True
            jobs = []
        return Catch(jobs, f"{self._worker_id}:{token}:{reply.now_ms}", lease_until)

    async def _recover(self) -> None:
        """Hand back what a claim took whose reply never came."""
        if not self._in_doubt:
            return
        returned = await self._link.scripts.recover(
            self._link.queue_name, worker_id=self._worker_id, known=self._running.held
        )
        self._in_doubt = False
        if returned:
            logger.info("handed back %d jobs of a claim that was cut off", returned)

    def _one_less_under_way(self) -> None:
        self._running.claim_ended()
        if self._afterwards:
            for callback in list(self._afterwards):
                callback()
                self._afterwards[callback] -= 1
            self._afterwards = {callback: left for callback, left in self._afterwards.items() if left > 0}


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    """Wait for an event, so many seconds at the most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
