"""Jobs: to enqueue, as they are, aborted."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from arqlight.models import AbortAnswer, Job, JobRequest
from arqlight.options import has_control_characters
from arqlight.web.api.models.fields import LONGEST_ID, LONGEST_NAME, EventId

__all__ = ["AbortReply", "EnqueuedJob", "JobFields", "JobIn", "JobSnapshot"]

TEN_YEARS_S = 315_360_000
END_OF_TIME_MS = 253_402_300_799_000  # the last second of the year 9999


class JobFields(BaseModel):
    """What a job to enqueue has, alone or in a batch."""

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

    @field_validator("job_id")
    @classmethod
    def _is_id(cls, job_id: str | None) -> str | None:
        if job_id is not None and has_control_characters(job_id):
            raise PydanticCustomError("job_id", "must have no line breaks or other control characters")
        return job_id

    @model_validator(mode="after")
    def _deferred_once(self) -> "JobFields":
        if self.defer_by_s is not None and self.defer_until_ms is not None:
            raise PydanticCustomError(
                "deferred_twice", "has both defer_by_s and defer_until_ms: send one of them"
            )
        return self

    def request(self, owner: str | None = None) -> JobRequest:
        """The same, as the queue takes it, with whose it is."""
        until = self.defer_until_ms
        return JobRequest(
            self.function,
            tuple(self.args),
            self.kwargs,
            job_id=self.job_id,
            defer_by=self.defer_by_s,
            defer_until=None if until is None else datetime.fromtimestamp(until / 1000, UTC),
            expires=self.expires_s,
            owner=owner,
        )


class JobIn(JobFields):
    """A job to enqueue."""

    queue: str | None = Field(default=None, min_length=1, max_length=LONGEST_NAME, examples=["arq:queue"])


class EnqueuedJob(Job):
    """A job that was just enqueued."""

    event_id: EventId


class JobSnapshot(BaseModel):
    """A job as it was at one event."""

    job: Job
    event_id: EventId


class JobValues(BaseModel):
    """What a job was given and what it returned, up to 16 MB of it."""

    job_id: str
    args: list[Any]
    kwargs: dict[str, Any]
    result: Any = None


class AbortReply(BaseModel):
    """What became of a request to abort a job."""

    job_id: str
    answer: AbortAnswer = Field(
        description="`aborted`; `finished`: it had ended already; `unknown`: there is no such job; "
        "`requested`: it was told to stop and has not stopped yet.",
        examples=["aborted"],
    )
    job: Job
