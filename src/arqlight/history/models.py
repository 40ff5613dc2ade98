"""What the history tells: plain data. Times are Unix milliseconds, durations milliseconds."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

__all__ = ["Count", "JobDetail", "JobFilter", "JobPage", "JobRow", "LogLine", "Source", "StateCounts", "Try"]


class Source(IntEnum):
    """How the history knows of a job."""

    events = 0
    plain_arq = 1  # by looking: plain arq writes no events
    healed = 2  # by looking, after a gap in the log


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs. All fields must hold that are not empty or None; of several values, one of them.

    Args:
        statuses: arq's words: deferred, queued, in_progress, complete, not_found.
        outcomes: succeeded, failed, aborted, expired. Beside statuses they add to them, and stand for
            ``complete``: statuses queued and complete with outcome failed are jobs that wait or failed.
        functions, queues, workers: names.
        batch: a batch's id.
        q: text within the id, the function, the arguments or the error, in any case.
        error: text within the error's type or message, in any case.
        error_types: names of exceptions.
        fingerprint: failures that belong together.
        since_ms, until_ms: enqueued at or after, and before.
        min_run_ms, max_run_ms, min_wait_ms, max_wait_ms: inclusive.
        job_ids: these jobs, all incarnations of each.
        owner: whose they are.
    """

    statuses: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    batch: str | None = None
    q: str | None = None
    error: str | None = None
    error_types: tuple[str, ...] = ()
    fingerprint: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    min_run_ms: int | None = None
    max_run_ms: int | None = None
    min_wait_ms: int | None = None
    max_wait_ms: int | None = None
    job_ids: tuple[str, ...] = ()
    owner: str | None = None


@dataclass(slots=True)
class JobRow:
    """A job as a list shows it. ``key`` tells apart jobs that had the same id one after the other."""

    key: str
    job_id: str
    queue: str
    function: str | None
    call: str | None
    status: str
    outcome: str | None
    job_try: int
    batch_id: str | None
    enqueue_ms: int | None
    due_ms: int | None
    start_ms: int | None
    finish_ms: int | None
    wait_ms: int | None
    run_ms: int | None
    worker_id: str | None
    error_type: str | None
    error_message: str | None
    fingerprint: str | None
    owner: str | None
    source: str
    event_id: str


@dataclass(slots=True)
class JobPage:
    """Some jobs of a list, true at ``event_id``.

    A page may hold fewer jobs than asked for, even none, and have a ``next``: then all of it would have
    come late. ``looked_through_ms`` tells back to when all was looked at, and ``next`` goes on.
    """

    jobs: list[JobRow]
    next: str | None
    event_id: str
    looked_through_ms: int | None = None


@dataclass(slots=True)
class Count:
    """How many; when not ``exact``, at least so many."""

    value: int
    exact: bool = True


@dataclass(slots=True)
class StateCounts:
    """How many jobs of a list are in each status, or outcome where complete, at ``event_id``."""

    counts: dict[str, Count]
    event_id: str


@dataclass(slots=True)
class Try:
    """One execution of a job. ``ended`` is the event that ended it, None while it runs."""

    number: int
    worker_id: str | None
    start_ms: int | None
    finish_ms: int | None
    ended: str | None
    next_ms: int | None
    error_type: str | None
    error_message: str | None
    traceback: str | None


@dataclass(slots=True)
class LogLine:
    """One line that a job logged."""

    id: str
    at_ms: int
    job_try: int | None
    level: str
    logger: str | None
    text: str


@dataclass(slots=True)
class JobDetail:
    """A job with all that the history knows of it, true at ``event_id``.

    ``args`` and ``kwargs`` are None where they are not known; ``incarnations`` are the other jobs that had
    its id, newest first.
    """

    job: JobRow
    args: list[Any] | None
    kwargs: dict[str, Any] | None
    result: Any
    has_result: bool
    tries: list[Try]
    logs: list[LogLine]
    event_id: str
    incarnations: list[JobRow] = field(default_factory=list)
