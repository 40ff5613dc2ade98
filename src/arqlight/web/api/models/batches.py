"""Batches: jobs to enqueue together."""

from pydantic import BaseModel, ConfigDict, Field

from arqlight.web.api.models.fields import LONGEST_NAME
from arqlight.web.api.models.jobs import JobFields

__all__ = ["BatchIn", "BatchJobIn"]

MOST_JOBS = 10_000


class BatchJobIn(JobFields):
    """One job of a batch."""


class BatchIn(BaseModel):
    """Jobs to enqueue together and watch as one."""

    model_config = ConfigDict(extra="forbid")

    jobs: list[BatchJobIn] = Field(min_length=1, max_length=MOST_JOBS)
    queue: str | None = Field(default=None, min_length=1, max_length=LONGEST_NAME, examples=["arq:queue"])
