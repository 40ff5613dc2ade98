"""An attempt: one try of one job, from its claim until what became of it is written."""

import asyncio
from collections.abc import Callable
from enum import Enum, auto
from time import monotonic
from typing import Any

from arqlight.payload import JobRecord
from arqlight.scripts import Claimed
from arqlight.worker.plan import Plan

__all__ = ["Attempt", "Stop"]

ProgressReport = tuple[float, float | None, float | None, str | None]


class Stop(Enum):
    """Why a running function was told to stop."""

    timeout = auto()
    abort = auto()
    lost = auto()
    shutdown = auto()


class Attempt:
    """One try of a job. All but the fields of the second group is settled when it is made.

    Args:
        claimed: what the claim yielded.
        holder: the value of the job's in-progress key while the lease is ours.
        lease_until: until when the lease is good, by the monotonic clock.
        record: what the job's record says; None where it has expired or cannot be read.
        plan: how jobs of its function are run.
    """

    __slots__ = (
        "abort_noted",
        "began_at",
        "ctx",
        "holder",
        "is_stoppable",
        "job_id",
        "job_try",
        "lease_until",
        "lost_tries",
        "on_progress",
        "on_thread",
        "plan",
        "progress",
        "raw",
        "record",
        "ref",
        "runs_alone",
        "score",
        "start_ms",
        "stop",
        "task",
        "timer",
        "try_is_given",
        "was_lost_alone",
    )

    def __init__(
        self, claimed: Claimed, holder: str, lease_until: float, record: JobRecord | None, plan: Plan
    ) -> None:
        self.job_id = self.ref = claimed.job_id
        self.job_try = claimed.job_try
        self.score = int(claimed.score)
        self.holder = holder
        # The record as it was claimed, for a Redis that has forgotten it.
        self.raw = claimed.record
        self.record = record
        self.plan = plan
        # Whether the producer said which try this is.
        self.try_is_given = False
        if record is not None and plan.is_known:
            self.ref = plan.name if plan.is_cron else f"{claimed.job_id}:{plan.name}"
            if record.job_try and record.job_try > claimed.job_try:
                self.job_try = record.job_try
                self.try_is_given = True

        # How many earlier tries were lost with their workers, and whether the last one was, and ran alone.
        self.lost_tries = claimed.lost_tries
        self.was_lost_alone = claimed.was_alone
        # Whether no other try may run beside it: lost so often, its job may be what ends workers.
        self.runs_alone = claimed.lost_tries > 0 and claimed.lost_tries >= plan.max_tries

        # Changed by the leases, with each heartbeat.
        self.lease_until = lease_until
        # Changed by the runner. ctx is what the hooks and the function get, and may add to.
        self.start_ms = 0
        # When its timeout began to run; a plain function's does in its thread.
        self.began_at = float("inf") if plan.is_blocking else monotonic()
        self.task: asyncio.Task[None] | None = None
        self.ctx: dict[Any, Any] | None = None
        self.is_stoppable = False
        self.timer: asyncio.TimerHandle | None = None
        self.stop: Stop | None = None
        # Changed by the function's progress reports, and by the aborts when the log is told of one.
        self.progress: ProgressReport | None = None
        self.on_progress: Callable[[Attempt], None] | None = None
        self.on_thread: Callable[[Attempt, str], None] | None = None
        self.abort_noted = False

    @property
    def own_try(self) -> int:
        """Which try it is if those that were lost do not count."""
        return max(1, self.job_try - self.lost_tries)

    @property
    def is_running(self) -> bool:
        """Whether its task has begun and not ended."""
        return self.task is not None and not self.task.done()

    @property
    def may_leave_its_thread(self) -> bool:
        """Whether a thread is left behind: it took too long, or the lease is lost; or none has begun."""
        is_waiting = self.began_at == float("inf") and self.stop is Stop.shutdown
        return is_waiting or self.stop in (Stop.timeout, Stop.lost)

    def enter_thread(self) -> None:
        """A plain function's thread begins; called in it."""
        self.began_at = monotonic()
        if self.on_thread is not None:
            self.on_thread(self, "begins")

    def leave_thread(self) -> None:
        """A plain function has ended; called in its thread."""
        if self.on_thread is not None:
            self.on_thread(self, "ends")

    def is_overdue(self, now: float) -> bool:
        """Whether its timeout is over, by the monotonic clock."""
        return self.plan.timeout_s is not None and now > self.began_at + self.plan.timeout_s

    def request_stop(self, reason: Stop) -> None:
        """Tell the function to stop. The first reason stands; only a lost lease or the end override it.

        So does the timeout an abort that the function ignores: else nothing would ever end the job.
        """
        overrides = reason in (Stop.lost, Stop.shutdown) or (reason, self.stop) == (Stop.timeout, Stop.abort)
        if self.stop is None or (overrides and self.stop is not reason):
            self.stop = reason
            # Only the function is interrupted: hooks and clean-up are not.
            if self.is_stoppable and self.task is not None:
                self.task.cancel()

    def uncancel(self) -> None:
        """Its interruption is over, whatever the function made of it."""
        while self.task is not None and self.task.cancelling():
            self.task.uncancel()

    def report_progress(self, progress: ProgressReport) -> None:
        """Take a progress report; the worker sends the last one a few times a second."""
        self.progress = progress
        if self.on_progress is not None:
            self.on_progress(self)
