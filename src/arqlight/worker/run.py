"""One job that this worker holds the lease of: from its claim until what became of it is written."""

import asyncio
from collections.abc import Callable
from enum import Enum, auto
from time import monotonic
from typing import Any

from arqlight.payload import JobRecord
from arqlight.scripts import Claimed
from arqlight.worker.plan import Plan

__all__ = ["JobRun", "Stop"]

ProgressReport = tuple[float, float | None, float | None, str | None]


class Stop(Enum):
    """Why a running job was told to stop."""

    timeout = auto()
    abort = auto()
    lost = auto()
    shutdown = auto()


class JobRun:
    """A claimed job. ``holder`` is the value of its in-progress key while the lease is ours."""

    __slots__ = (
        "abort_noted",
        "claimed_at",
        "ctx",
        "holder",
        "job_id",
        "job_try",
        "lease_until",
        "on_progress",
        "plan",
        "progress",
        "record",
        "ref",
        "score",
        "start_ms",
        "stop",
        "stoppable",
        "task",
        "timer",
        "try_is_given",
    )

    def __init__(
        self,
        claimed: Claimed,
        holder: str,
        lease_until: float,
        plan: Plan,
        on_progress: "Callable[[JobRun], None]",
    ) -> None:
        self.job_id = self.ref = claimed.job_id
        self.job_try = claimed.job_try
        self.score = int(claimed.score)
        self.holder = holder
        self.claimed_at = monotonic()
        self.lease_until = lease_until
        self.plan = plan
        self.on_progress = on_progress
        self.record: JobRecord | None = None
        # What the hooks and the function get, and may add to; kept for arq's after_job_end, if there is one.
        self.ctx: dict[Any, Any] | None = None
        self.start_ms = 0
        self.stop: Stop | None = None
        self.stoppable = False
        self.task: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.progress: ProgressReport | None = None
        # Whether the producer said which try this is, and whether an ignored abort is in the log.
        self.try_is_given = False
        self.abort_noted = False

    @property
    def leaves_its_thread(self) -> bool:
        """Whether a blocking function's thread is left behind: it took too long, or its lease is given up."""
        return self.stop in (Stop.timeout, Stop.shutdown, Stop.lost)

    def is_overdue(self, now: float) -> bool:
        """Whether its timeout is over, by the monotonic clock."""
        return self.plan.timeout_s is not None and now > self.claimed_at + self.plan.timeout_s

    def request_stop(self, reason: Stop) -> None:
        """Tell the job to stop. The first reason stands, except that a lost lease or the end override it.

        So does the timeout an abort that the function ignores: else nothing would ever end the job.
        """
        overrides = reason in (Stop.lost, Stop.shutdown) or (reason, self.stop) == (Stop.timeout, Stop.abort)
        if self.stop is None or (overrides and self.stop is not reason):
            self.stop = reason
            # Only the function is interrupted: hooks and clean-up are not.
            if self.stoppable and self.task is not None:
                self.task.cancel()

    def report_progress(self, progress: ProgressReport) -> None:
        """Take a progress report; the worker sends the last one a few times a second."""
        self.progress = progress
        self.on_progress(self)
