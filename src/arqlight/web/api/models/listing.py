"""Jobs as lists show them, and one job with its history."""

from typing import Any

from pydantic import BaseModel, Field

from arqlight.history import JobRow, LogLine, Try
from arqlight.web.api.models.fields import EventId

__all__ = [
    "Counts",
    "ErrorLine",
    "JobHistory",
    "JobLine",
    "JobLines",
    "LoggedLine",
    "Percentiles",
    "Span",
    "Suggestions",
    "TryLine",
    "Usual",
]


class ErrorLine(BaseModel):
    """Why a job failed, in short."""

    type: str = Field(examples=["ValueError"])
    message: str = Field(examples=["no such address"])


class JobLine(BaseModel):
    """A job as a list shows it. Times are Unix ms, durations ms."""

    key: str = Field(description="Tells apart jobs that had the same id one after the other.")
    job_id: str
    status: str = Field(description="arq's words.", examples=["complete"])
    outcome: str | None = Field(default=None, examples=["failed"])
    function: str | None = Field(default=None, examples=["send_mail"])
    call: str | None = Field(
        default=None,
        description="The function with its arguments in a line, cut.",
        examples=["send_mail('ada', 3)"],
    )
    queue: str = Field(examples=["arq:queue"])
    batch_id: str | None = None
    job_try: int = 0
    enqueue_ms: int | None = None
    due_ms: int | None = None
    start_ms: int | None = None
    finish_ms: int | None = None
    wait_ms: int | None = Field(default=None, description="From when it was due to its first start.")
    run_ms: int | None = Field(default=None, description="How long its last try ran.")
    worker_id: str | None = None
    error: ErrorLine | None = None
    fingerprint: str | None = None
    owner: str | None = None
    source: str = Field(
        description="How it is known: `events` of the log, `plain_arq` or `healed` by looking at Redis."
    )
    event_id: str = Field(description="The last event that changed it.")

    @classmethod
    def of(cls, row: JobRow) -> "JobLine":
        """The line of a job that the history knows."""
        fields = {name: getattr(row, name) for name in cls.model_fields if name != "error"}
        return cls(**fields, error=_error(row.error_type, row.error_message))


def _error(kind: str | None, message: str | None) -> ErrorLine | None:
    return None if kind is None else ErrorLine(type=kind, message=message or "")


class JobLines(BaseModel):
    """A page of jobs."""

    jobs: list[JobLine]
    next: str | None = Field(default=None, description="The next page's `cursor`; null on the last one.")
    looked_through_ms: int | None = Field(
        default=None,
        description="Where the answer was cut short to come in time: all younger jobs were looked at.",
    )
    event_id: EventId


class Counts(BaseModel):
    """How many jobs are in each state."""

    counts: dict[str, int] = Field(examples=[{"queued": 3, "in_progress": 2, "succeeded": 5}])
    capped: list[str] = Field(description="States of which there may be more.")
    event_id: EventId


class Suggestions(BaseModel):
    """The values that a filter may have."""

    values: list[str] = Field(examples=[["send_mail", "send_news"]])


class TryLine(BaseModel):
    """One try of a job."""

    number: int
    worker_id: str | None = None
    start_ms: int | None = None
    finish_ms: int | None = None
    ended: str | None = Field(default=None, description="The event that ended it; null while it runs.")
    next_ms: int | None = Field(default=None, description="When the next try is due.")
    error: ErrorLine | None = None
    traceback: str | None = None

    @classmethod
    def of(cls, one: Try) -> "TryLine":
        """The line of a try that the history knows."""
        fields = {name: getattr(one, name) for name in cls.model_fields if name != "error"}
        return cls(**fields, error=_error(one.error_type, one.error_message))


class Span(BaseModel):
    """A stretch of a job's life."""

    kind: str = Field(description="deferred, waiting, running or retry_pause.")
    from_ms: int
    to_ms: int | None = Field(default=None, description="Null while it lasts.")
    job_try: int | None = None
    worker_id: str | None = None
    ended: str | None = None


class LoggedLine(BaseModel):
    """A line that a job logged."""

    id: str
    at_ms: int
    level: str
    text: str
    logger: str | None = None
    job_try: int | None = None

    @classmethod
    def of(cls, line: LogLine) -> "LoggedLine":
        """A line that the history knows."""
        return cls(**{name: getattr(line, name) for name in cls.model_fields})


class Percentiles(BaseModel):
    """Of durations, in ms; null where nothing is known."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


class Usual(BaseModel):
    """How jobs of a function usually go."""

    function: str
    count: int = Field(description="Jobs that succeeded in the last 7 days, which these are of.")
    run: Percentiles
    wait: Percentiles


class JobHistory(BaseModel):
    """A job with all that the history knows of it."""

    job: JobLine
    args: list[Any] | None = Field(default=None, description="Null where they are not known.")
    kwargs: dict[str, Any] | None = None
    result: Any = None
    has_result: bool = False
    tries: list[TryLine]
    spans: list[Span]
    logs: list[LoggedLine]
    usual: Usual | None = None
    why_waiting: str | None = Field(default=None, description="Why it does not run, when it does not.")
    earlier: list[JobLine] = Field(description="Other jobs that had its id.")
    event_id: EventId
