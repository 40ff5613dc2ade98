"""What the history tells: plain data. Times are Unix milliseconds, durations milliseconds."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from arqlight.audit import AuditLine

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


@dataclass(slots=True)
class Percentiles:
    """Durations in ms below which half, 95 and 99 per cent lie, a tenth off at most; None of no durations."""

    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(slots=True)
class StatPoint:
    """What ended in one step of time. ``counts`` is by outcome; percentiles are None where not asked for."""

    at_ms: int
    counts: dict[str, int]
    wait: Percentiles | None = None
    run: Percentiles | None = None


@dataclass(slots=True)
class StatSeries:
    """One line of a chart: a function's, a queue's, or of all (no ``name``); empty steps are left out."""

    name: str | None
    points: list[StatPoint]


@dataclass(slots=True)
class Stats:
    """What a chart shows, true at ``event_id``."""

    since_ms: int
    until_ms: int
    step_s: int
    series: list[StatSeries]
    event_id: str


@dataclass(slots=True)
class FailureGroup:
    """Failures that belong together. ``points`` are ms and count of each step in which there were any."""

    fingerprint: str
    function: str
    error_type: str
    location: str
    message: str
    first_ms: int
    last_ms: int
    total: int
    last_job_id: str | None
    points: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class FailurePage:
    """Some groups of failures."""

    groups: list[FailureGroup]
    next: str | None
    event_id: str
    step_s: int


@dataclass(slots=True)
class FunctionStats:
    """A function: its jobs by status and outcome, and what ended in a span of time."""

    name: str
    counts: dict[str, int]
    recent: dict[str, int]
    wait: Percentiles
    run: Percentiles


@dataclass(slots=True)
class FunctionList:
    """All functions, by name. ``recent`` and percentiles are of what ended since ``since_ms``."""

    functions: list[FunctionStats]
    since_ms: int
    event_id: str


@dataclass(slots=True)
class QueueStats:
    """A queue: its jobs by status and outcome, as far as the history knows them."""

    name: str
    counts: dict[str, int]


@dataclass(slots=True)
class QueueList:
    """All queues, by name."""

    queues: list[QueueStats]
    event_id: str


@dataclass(slots=True)
class WorkerRow:
    """A worker that was seen; None where it is not known. Whether it is up, Redis tells.

    ``lost``: jobs of it were given to others, because its leases had lapsed.
    """

    worker_id: str
    host: str | None
    pid: int | None
    queue: str
    version: str | None
    max_jobs: int | None
    start_ms: int | None
    first_ms: int
    last_ms: int
    lost: bool


@dataclass(slots=True)
class WorkerList:
    """Workers, the one seen last first."""

    workers: list[WorkerRow]
    event_id: str


@dataclass(slots=True)
class BatchRow:
    """Jobs that were enqueued together. ``counts`` is by status, by outcome where complete."""

    batch_id: str
    queue: str
    function: str | None
    enqueue_ms: int
    total: int
    counts: dict[str, int]


@dataclass(slots=True)
class BatchPage:
    """Some batches, the youngest first."""

    batches: list[BatchRow]
    next: str | None
    event_id: str


@dataclass(slots=True)
class ScheduleRow:
    """A cron job: what became of its last runs, the latest first."""

    name: str
    counts: dict[str, int]
    last: list[JobRow]


@dataclass(slots=True)
class ScheduleList:
    """All cron jobs that ever ran, by name. What is to come, the workers' settings tell."""

    schedules: list[ScheduleRow]
    event_id: str


@dataclass(slots=True)
class Usual:
    """How long a function's jobs that succeeded usually wait and run."""

    function: str
    count: int
    wait: Percentiles
    run: Percentiles


@dataclass(slots=True)
class Gap:
    """Events that were trimmed before they were recorded; ``healed_ms`` is None until jobs are mended."""

    after_id: str
    before_id: str
    found_ms: int
    healed_ms: int | None
    jobs_mended: int


@dataclass(slots=True)
class Recording:
    """How far the history is. ``unknown_events`` were passed over: this version does not know them."""

    event_id: str
    unknown_events: int
    gaps: list[Gap]


@dataclass(slots=True)
class AuditPage:
    """Some lines of the audit log, the newest first. What is later than ``copied_id`` is in Redis alone."""

    lines: list[AuditLine]
    copied_id: str


@dataclass(slots=True)
class QueueDepths:
    """How many jobs waited in a queue, step by step: ms and the most that were seen at once."""

    name: str
    points: list[tuple[int, int]]


@dataclass(slots=True)
class Depths:
    """How deep queues were over time, at ``event_id``."""

    since_ms: int
    until_ms: int
    step_s: int
    queues: list[QueueDepths]
    event_id: str
