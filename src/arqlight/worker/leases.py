"""Leases: a heartbeat renews those of all jobs that a worker holds, and learns which must stop."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from time import monotonic

from arqlight.logs import get_logger
from arqlight.redis.failures import REDIS_TROUBLE, trouble
from arqlight.scripts import Scripts
from arqlight.worker.attempt import Attempt, Stop
from arqlight.worker.link import Link
from arqlight.worker.observers import Observers, tell
from arqlight.worker.running import Running

__all__ = ["BEATS_PER_LEASE", "Leases"]

logger = get_logger("arqlight.worker")

BEATS_PER_LEASE = 3
# A worker's record outlives its lease by this much, so that it is not gone before its jobs are due again.
_RECORD_SPARE_MS = 2_000


class Leases:
    """Keeps the leases of the jobs that a worker holds: that run, or whose end is not written yet.

    Args:
        link: the way to Redis.
        running: what the worker holds.
        observers: told of each heartbeat.
        worker_id: whose leases they are.
        lease_s: for how long a lease is good without a heartbeat, in seconds.
        record: what the worker publishes about itself, as JSON; empty for nothing.
        abort: called with each try that is to be aborted.
    """

    def __init__(
        self,
        link: Link,
        running: Running,
        observers: Observers,
        *,
        worker_id: str,
        lease_s: float,
        record: Callable[[], str],
        abort: Callable[[Attempt], None],
    ) -> None:
        self.lease_s = lease_s
        self._link = link
        self._running = running
        self._observers = observers
        self._worker_id = worker_id
        self._record = record
        self._abort = abort
        self._interval_s = lease_s / BEATS_PER_LEASE
        self._renewed_at = float("-inf")
        self._asked = asyncio.Event()

    def beat_now(self) -> None:
        """Beat as soon as possible."""
        self._asked.set()

    def one_was_lost(self, former: Attempt | None) -> None:
        """A try was lost, and its job is claimed again: it may have been told to abort.

        Args:
            former: the lost try, if it was this worker's own.
        """
        if former is not None:
            self.lose(former)
        self.beat_now()

    async def run(self) -> None:
        """Beat until cancelled: a few times within each lease, and whenever asked to."""
        while True:
            try:
                await self.beat()
                pause = self._interval_s
            except REDIS_TROUBLE as error:
                logger.warning("no heartbeat: %s", trouble(error))
                pause = min(1.0, self._interval_s / 3)
            except Exception:
                # Without a heartbeat all leases would lapse, in silence.
                logger.exception("no heartbeat")
                pause = self._interval_s / 3
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._asked.wait()
            self._asked.clear()

    async def beat(self) -> None:
        """One heartbeat: renew all leases in one call, publish the worker, stop what must stop."""
        attempts = list(self._running.held.values())
        async with self._link.call():
            lost, to_abort = await self._renew(self._link.scripts, attempts)
        for attempt in attempts:
            if attempt.job_id in lost:
                self.lose(attempt)
            if attempt.job_id in to_abort:
                self._abort(attempt)
        if self._observers.heartbeat:
            tell(self._observers.heartbeat, len(attempts))

    async def renew_lapsed(self) -> None:
        """Renew leases that no heartbeat renewed in time: the process stalled, or Redis was away.

        To be called before a claim, which would otherwise take the worker's own jobs from it.
        """
        while self._running.held and monotonic() - self._renewed_at > self.lease_s:
            await self.beat()

    async def keep(self, scripts: Scripts) -> None:
        """Renew the leases from another thread, while the event loop stands still; stop nothing.

        Of jobs that are beyond their timeout they lapse: the loop, which would have stopped those, is stuck.
        """
        now = monotonic()
        held = list(self._running.held.values())
        await self._renew(scripts, [attempt for attempt in held if not attempt.is_overdue(now)])

    @staticmethod
    def lose(attempt: Attempt) -> None:
        """Stop a try whose lease is lost."""
        if attempt.is_running and attempt.stop is not Stop.lost:
            logger.warning("%s lost its lease, stopping it", attempt.ref)
            attempt.request_stop(Stop.lost)

    async def _renew(self, scripts: Scripts, attempts: Sequence[Attempt]) -> tuple[set[str], set[str]]:
        """Renew the leases; returns the ids of jobs whose lease is lost, and of those to abort."""
        # Not the loop's time: uvloop's stands still until a callback ends, even when the process was stopped.
        now = monotonic()
        lease_ms = round(self.lease_s * 1000)
        reply = await scripts.heartbeat(
            self._link.queue_name,
            worker_id=self._worker_id,
            lease_ms=lease_ms,
            record=self._record(),
            record_expiry_ms=lease_ms + _RECORD_SPARE_MS,
            held=all(attempt.lease_until > now for attempt in attempts),
            jobs=((attempt.job_id, attempt.holder, attempt.job_try) for attempt in attempts),
        )
        self._renewed_at = now
        lost = set(reply.lost)
        for attempt in attempts:
            if attempt.job_id not in lost:
                attempt.lease_until = now + self.lease_s
        return lost, set(reply.to_abort)
