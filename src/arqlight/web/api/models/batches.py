"""Batches: jobs to enqueue together, and how lists show them."""

from pydantic import BaseModel, ConfigDict, Field

from arqlight.history import BatchRow
from arqlight.web.api.models.fields import LONGEST_NAME, EventId
from arqlight.web.api.models.jobs import JobFields

__all__ = ["BatchIn", "BatchJobIn", "BatchLine", "BatchLines"]

MOST_JOBS = 10_000


class BatchJobIn(JobFields):
    """One job of a batch."""


class BatchIn(BaseModel):
    """Jobs to enqueue together and watch as one."""

    model_config = ConfigDict(extra="forbid")

    jobs: list[BatchJobIn] = Field(min_length=1, max_length=MOST_JOBS)
    queue: str | None = Field(default=None, min_length=1, max_length=LONGEST_NAME, examples=["arq:queue"])


class BatchLine(BaseModel):
    """A batch as a list shows it, without its jobs."""

    batch_id: str
    queue: str = Field(examples=["arq:queue"])
    function: str | None = Field(default=None, description="That of its first job.", examples=["resize"])
    enqueue_ms: int
    total: int = Field(description="How many jobs of it the history knows.")
    counts: dict[str, int] = Field(
        description="Jobs by outcome where complete, by status otherwise.",
        examples=[{"queued": 3, "in_progress": 2, "succeeded": 5}],
    )

    @classmethod
    def of(cls, row: BatchRow) -> "BatchLine":
        """The line of a batch that the history knows."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class BatchLines(BaseModel):
    """A page of batches, the youngest first."""

    batches: list[BatchLine]
    next: str | None = Field(default=None, description="The next page's `cursor`; null on the last one.")
    event_id: EventId
