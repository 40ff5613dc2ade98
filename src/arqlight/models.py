"""What arqlight says about jobs, batches, events and workers: plain data, no I/O.

The same names are used in the event log, the HTTP API and the pages. Times are Unix milliseconds.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from arq.jobs import JobStatus
from pydantic import BaseModel, ConfigDict, Field

from arqlight.keys import DEFAULT_QUEUE
from arqlight.options import JobOptions

__all__ = [
    "AbortAnswer",
    "Batch",
    "BatchRef",
    "CronInfo",
    "DeleteAnswer",
    "DrainAnswer",
    "ErrorInfo",
    "Event",
    "EventType",
    "FunctionInfo",
    "HubEvent",
    "Job",
    "JobOptions",
    "JobRequest",
    "JobStatus",
    "Outcome",
    "Progress",
    "RetryAnswer",
    "RetryInfo",
    "RunNowAnswer",
    "Snapshot",
    "WorkerInfo",
]


_ARGUMENTS = (tuple, list)


class Outcome(StrEnum):
    """Why a job is complete."""

    succeeded = "succeeded"
    failed = "failed"
    aborted = "aborted"
    expired = "expired"


class EventType(StrEnum):
    """What happened: to a job, a queue or a worker. docs/events.md says what each one carries."""

    enqueued = "enqueued"
    started = "started"
    progress = "progress"
    log = "log"
    retrying = "retrying"
    lost = "lost"
    released = "released"
    succeeded = "succeeded"
    failed = "failed"
    aborted = "aborted"
    expired = "expired"
    abort_ignored = "abort_ignored"
    due_now = "due_now"
    deleted = "deleted"
    # Those below are not about a job; their job_id is empty.
    paused = "paused"
    resumed = "resumed"
    cron_off = "cron_off"
    cron_on = "cron_on"
    draining = "draining"
    undrained = "undrained"


# What an event is about that is not about a job.
QUEUE_EVENTS = frozenset({EventType.paused, EventType.resumed, EventType.cron_off, EventType.cron_on})
WORKER_EVENTS = frozenset({EventType.draining, EventType.undrained})


class HubEvent(StrEnum):
    """What the web process adds to a stream of events. It is not in the log."""

    state = "state"
    reset = "reset"


FINAL_EVENTS = frozenset({EventType.succeeded, EventType.failed, EventType.aborted, EventType.expired})


class AbortAnswer(StrEnum):
    """What became of a request to abort a job.

    ``requested`` means that the job was told to stop and was still running when the wait was over.
    """

    aborted = "aborted"
    finished = "finished"
    unknown = "unknown"
    requested = "requested"


class RetryAnswer(StrEnum):
    """What became of a request to run a complete job again.

    ``no_record`` means that what is left of it does not tell its function and arguments.
    """

    enqueued = "enqueued"
    not_finished = "not_finished"
    unknown = "unknown"
    no_record = "no_record"


class RunNowAnswer(StrEnum):
    """What became of a request to run a job now; ``due_now`` also if it was due already."""

    due_now = "due_now"
    running = "running"
    finished = "finished"
    unknown = "unknown"


class DeleteAnswer(StrEnum):
    """What became of a request to delete a job; a ``running`` one is left alone."""

    deleted = "deleted"
    running = "running"
    unknown = "unknown"


class DrainAnswer(StrEnum):
    """What became of a request to drain a worker, or to undrain it; ``unchanged`` if it was so before."""

    draining = "draining"
    undrained = "undrained"
    unchanged = "unchanged"
    unknown = "unknown"


class Event(NamedTuple):
    """One entry of the event log. ``data`` is the text of a JSON object.

    ``job_id`` is empty where the event is about a queue or a worker.
    """

    id: str
    event: str
    job_id: str
    queue: str
    data: str

    @property
    def at_ms(self) -> int:
        """When it happened, by the Redis server's clock, in Unix milliseconds."""
        return int(self.id.partition("-")[0])


@dataclass(slots=True)
class JobRequest(JobOptions):
    """A job to enqueue: a function and its arguments, and `JobOptions` by their names.

    Args:
        function: the name under which workers have registered it.
        args: what it is called with, a tuple or a list.
        kwargs: what it is called with by name.

    Raises:
        TypeError, ValueError, RuntimeError: one of them is not what it has to be.
    """

    function: str
    args: tuple[Any, ...] | list[Any] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        JobOptions.__post_init__(self)
        if not isinstance(self.function, str):
            raise TypeError(f"function is {self.function!r}, not the name of a registered function")
        if not isinstance(self.args, _ARGUMENTS):
            raise TypeError(
                f"args is {self.args!r}, not a tuple or list; one argument alone is written ({self.args!r},)"
            )
        if not isinstance(self.kwargs, dict):
            raise TypeError(f"kwargs is {self.kwargs!r}, not a dict of arguments by name")


class BatchRef(NamedTuple):
    """Names a batch that was just enqueued, and the last event of its enqueueing.

    ``job_ids`` are in the order of the requests; None stands for a request whose job id was already taken.
    """

    batch_id: str
    job_ids: list[str | None]
    enqueue_ms: int
    event_id: str


class ErrorInfo(BaseModel):
    """Why a job failed."""

    type: str = Field(examples=["ValueError"])
    message: str = Field(examples=["no such address"])
    traceback: str | None = None


class Progress(BaseModel):
    """How far a running job is, as it reported last."""

    fraction: float | None = Field(default=None, ge=0, le=1, examples=[0.4])
    done: float | None = Field(default=None, examples=[4])
    total: float | None = Field(default=None, examples=[10])
    message: str | None = Field(default=None, examples=["4 of 10"])


class Job(BaseModel):
    """Everything known about a job. Times are Unix milliseconds."""

    model_config = ConfigDict(use_enum_values=True)

    job_id: str = Field(examples=["6c1f0b9e3f0d4a7b8e21"])
    status: JobStatus = Field(description="arq's five words.", examples=["complete"])
    outcome: Outcome | None = Field(default=None, description="Why it is complete.", examples=["succeeded"])
    function: str | None = Field(default=None, examples=["create_task"])
    args: list[Any] = Field(default_factory=list, examples=[[3]])
    kwargs: dict[str, Any] = Field(default_factory=dict)
    queue: str = Field(default=DEFAULT_QUEUE, examples=["arq:queue"])
    batch_id: str | None = None
    owner: str | None = Field(default=None, description="Whose it is.", examples=["ada"])
    job_try: int = Field(default=0, description="How often it was started; 0 before the first try.")
    enqueue_ms: int | None = None
    due_ms: int | None = None
    start_ms: int | None = None
    finish_ms: int | None = None
    progress: Progress | None = None
    result: Any = None
    error: ErrorInfo | None = None
    worker_id: str | None = None
    unreadable: str | None = Field(
        default=None,
        description="What of it in Redis could not be read, and why. Its outcome may be unknown.",
    )
    omitted: str | None = Field(
        default=None,
        description="Why arguments and result are left out of this answer, though they are there.",
    )


class Snapshot(NamedTuple):
    """A job as it was at one event of the log; streaming from ``event_id`` misses nothing."""

    job: Job
    event_id: str


class Batch(BaseModel):
    """Jobs that were enqueued together, as they were at ``event_id``."""

    batch_id: str
    total: int
    done: int = Field(description="How many are complete or not to be found any more.")
    counts: dict[str, int] = Field(
        description="Jobs by outcome where complete, by status otherwise.",
        examples=[{"queued": 3, "in_progress": 2, "succeeded": 5}],
    )
    jobs: list[Job]
    event_id: str = Field(examples=["1764000000000-0"])


class CronInfo(BaseModel):
    """What a worker publishes about one of its cron jobs."""

    words: str = Field(description="When it runs, in words.", examples=["every day at 23:55"])
    next_ms: int | None = Field(default=None, description="When it runs next.")


class RetryInfo(BaseModel):
    """When and how often a function is tried again after an exception; see `arqlight.RetryPolicy`."""

    delay_s: float = Field(description="Before the second try.")
    backoff: float = Field(description="By how much the delay grows from try to try.")
    max_delay_s: float
    on: list[str] = Field(description="The exceptions to try again after.", examples=[["TimeoutError"]])


class FunctionInfo(BaseModel):
    """What a worker publishes about how it runs one of its functions."""

    doc: str | None = Field(default=None, description="The first paragraph of its docstring, cut.")
    max_tries: int
    timeout_s: float | None = None
    retry: RetryInfo | None = Field(
        default=None, description="Null where an exception fails the job at once."
    )


class WorkerInfo(BaseModel):
    """What a worker process publishes about itself while it lives."""

    worker_id: str
    host: str
    pid: int
    queue: str
    start_ms: int
    seen_ms: int
    lease_s: float
    max_jobs: int
    job_timeout_s: float
    max_tries: int
    functions: dict[str, dict[str, Any]] = Field(
        description="Each registered function with the JSON Schema of its parameters."
    )
    function_info: dict[str, FunctionInfo] = Field(
        default_factory=dict, description="How it runs each of them; empty of an older worker."
    )
    crons: dict[str, CronInfo] = Field(default_factory=dict, description="Its cron jobs by name.")
    running: list[str] = Field(description="Ids of jobs that it runs, 1,000 at the most.")
    jobs_running: int
    jobs_complete: int
    jobs_failed: int
    jobs_retried: int
    memory_bytes: int
    version: str
    draining: bool = Field(default=False, description="It was told to claim nothing more.")
