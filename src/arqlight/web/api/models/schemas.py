"""What the API takes and answers, beside the models of `arqlight.models`."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from arqlight.models import AbortAnswer, ErrorInfo, Job, JobRequest, JobStatus, Outcome, Progress

__all__ = [
    "LONGEST_ID",
    "LONGEST_NAME",
    "AbortReply",
    "BatchIn",
    "EnqueuedJob",
    "JobId",
    "JobIn",
    "JobSnapshot",
    "TaskRequest",
    "TaskStatus",
    "TasksCreated",
]

LONGEST_NAME = 256
# Ids of any practical length; the limit keeps Redis's keys and our events bounded.
LONGEST_ID = 16_384
MOST_JOBS = 10_000
TEN_YEARS_S = 315_360_000
END_OF_TIME_MS = 253_402_300_799_000  # the last second of the year 9999

_EVENT_ID = Field(
    description="The event at which this is true: stream `after` it to miss nothing.",
    examples=["1764000000000-0"],
)
JobId = Annotated[
    str,
    Path(
        max_length=LONGEST_ID,
        description="Any text, percent-encoded.",
        examples=["6c1f0b9e3f0d4a7b8e21"],
    ),
]
EventId = Annotated[str, _EVENT_ID]


def _explained(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Whatever is wrong with the count, say what would be right."""
    try:
        return handler(value)
    except ValidationError as error:
        raise PydanticCustomError("count", "must be a whole number from 1 to 100") from error


class TaskRequest(BaseModel):
    """How many tasks to start."""

    count: Annotated[
        int,
        Field(title="How many tasks to generate? (1 to 100)", ge=1, le=100, examples=[10]),
        WrapValidator(_explained),
    ]

    @model_validator(mode="before")
    @classmethod
    def _missing_is_wrong_too(cls, value: Any) -> Any:
        return {"count": None, **value} if isinstance(value, dict) else value


class TasksCreated(BaseModel):
    """The tasks that were started, as a batch."""

    queued: int = Field(examples=[2])
    task_ids: list[str] = Field(examples=[["6c1f0b9e3f0d4a7b8e21", "0f8a5d7c2b9e4f1aa3d6"]])
    batch_id: str = Field(examples=["f2d1c0b9a8e74655"])
    event_id: EventId
    jobs: list[Job]


class TaskStatus(BaseModel):
    """A task's status and result, as of one moment."""

    job_id: str = Field(examples=["6c1f0b9e3f0d4a7b8e21"])
    status: JobStatus = Field(description="arq's five words.", examples=["complete"])
    result: Any = Field(default=None, description="What it returned, or why it failed.", examples=[3])
    outcome: Outcome | None = Field(default=None, examples=["succeeded"])
    error: ErrorInfo | None = None
    progress: Progress | None = None
    job_try: int = Field(default=0, examples=[1])
    function: str | None = Field(default=None, examples=["create_task"])
    enqueue_ms: int | None = None
    start_ms: int | None = None
    finish_ms: int | None = None


class _JobFields(BaseModel):
    model_config = ConfigDict(extra="forbid")

    function: str = Field(
        min_length=1,
        max_length=LONGEST_NAME,
        description="The name under which workers have registered it.",
        examples=["send_mail"],
    )
    args: list[Any] = Field(default_factory=list, examples=[["someone@example.org"]])
    kwargs: dict[str, Any] = Field(default_factory=dict, examples=[{"subject": "Hello"}])
    job_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=LONGEST_ID,
        description="An id of your own: there is no other job of that id until its result is gone.",
        examples=["welcome-mail-42"],
    )
    defer_by_s: float | None = Field(
        default=None, ge=0, le=TEN_YEARS_S, description="Start it so many seconds from now.", examples=[60]
    )
    defer_until_ms: int | None = Field(
        default=None, ge=0, le=END_OF_TIME_MS, description="Start it at this Unix time in ms."
    )
    expires_s: float | None = Field(
        default=None,
        gt=0,
        le=TEN_YEARS_S,
        description="Give it up when it has not started so many seconds from now.",
    )

    @model_validator(mode="after")
    def _deferred_once(self) -> "_JobFields":
        if self.defer_by_s is not None and self.defer_until_ms is not None:
            raise PydanticCustomError(
                "deferred_twice", "has both defer_by_s and defer_until_ms: send one of them"
            )
        return self

    def request(self) -> JobRequest:
        """The same, as the queue takes it."""
        until = self.defer_until_ms
        return JobRequest(
            self.function,
            tuple(self.args),
            self.kwargs,
            job_id=self.job_id,
            defer_by=self.defer_by_s,
            defer_until=None if until is None else datetime.fromtimestamp(until / 1000, UTC),
            expires=self.expires_s,
        )


class BatchJobIn(_JobFields):
    """One job of a batch."""


class JobIn(_JobFields):
    """A job to enqueue."""

    queue: str | None = Field(default=None, min_length=1, max_length=LONGEST_NAME, examples=["arq:queue"])


class BatchIn(BaseModel):
    """Jobs to enqueue together and watch as one."""

    model_config = ConfigDict(extra="forbid")

    jobs: list[BatchJobIn] = Field(min_length=1, max_length=MOST_JOBS)
    queue: str | None = Field(default=None, min_length=1, max_length=LONGEST_NAME, examples=["arq:queue"])


class EnqueuedJob(Job):
    """A job that was just enqueued."""

    event_id: EventId


class JobSnapshot(BaseModel):
    """A job as it was at one event."""

    job: Job
    event_id: EventId


class AbortReply(BaseModel):
    """What became of a request to abort a job."""

    job_id: str
    answer: AbortAnswer = Field(
        description="`aborted`; `finished`: it had ended already; `unknown`: there is no such job; "
        "`requested`: it was told to stop and has not stopped yet.",
        examples=["aborted"],
    )
    job: Job
