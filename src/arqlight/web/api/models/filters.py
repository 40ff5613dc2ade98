"""Which jobs a list is about: the filters that every list, count, export and bulk action takes alike."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from arqlight.history import JobFilter
from arqlight.models import JobStatus, Outcome
from arqlight.web.api.models.fields import LONGEST_ID, LONGEST_NAME
from arqlight.web.api.paging import LARGEST_PAGE, LONGEST_CURSOR

__all__ = ["JobListQuery", "JobListQueryDep", "JobQuery", "JobQueryDep", "Sort"]

MOST_VALUES = 50
LONGEST_TEXT = 500

Name = Annotated[str, Field(max_length=LONGEST_NAME)]
Sort = Literal["age", "-age", "wait", "-wait", "run", "-run", "tries", "-tries"]


def _names(what: str, example: str) -> list[str]:
    field: list[str] = Field(
        default_factory=list,
        max_length=MOST_VALUES,
        description=f"{what}; of several, any of them.",
        examples=[[example]],
    )
    return field


class JobQuery(BaseModel):
    """Which jobs. Of several filters, all must hold; of several values of one, any of them."""

    model_config = ConfigDict(extra="forbid")

    status: list[JobStatus] = Field(default_factory=list, max_length=MOST_VALUES, description="arq's words.")
    outcome: list[Outcome] = Field(
        default_factory=list,
        max_length=MOST_VALUES,
        description="Why they are complete. Beside `status` these are added to it.",
    )
    function: list[Name] = _names("Functions", "send_mail")
    queue: list[Name] = _names("Queues", "arq:queue")
    worker: list[Name] = _names("Workers", "host-4711-a1b2c3d4")
    error_type: list[Name] = _names("Names of exceptions", "ValueError")
    batch: str | None = Field(default=None, max_length=LONGEST_ID, description="A batch's id.")
    fingerprint: str | None = Field(default=None, max_length=LONGEST_NAME, description="A failure's.")
    error: str | None = Field(
        default=None, max_length=LONGEST_TEXT, description="Text in the error's type or message."
    )
    q: str | None = Field(
        default=None,
        max_length=LONGEST_TEXT,
        description="Text in the id, the function, the arguments or the error.",
    )
    job_id: list[Annotated[str, Field(max_length=LONGEST_ID)]] = Field(
        default_factory=list, max_length=LARGEST_PAGE, description="These jobs."
    )
    since: int | None = Field(default=None, ge=0, description="Enqueued at this Unix time in ms, or later.")
    until: int | None = Field(default=None, ge=0, description="Enqueued before this Unix time in ms.")
    min_run: int | None = Field(default=None, ge=0, description="Ran for so many ms, or longer.")
    max_run: int | None = Field(default=None, ge=0, description="Ran for so many ms, or less.")
    min_wait: int | None = Field(default=None, ge=0, description="Waited for so many ms, or longer.")
    max_wait: int | None = Field(default=None, ge=0, description="Waited for so many ms, or less.")

    def wanted(self, owner: str | None = None) -> JobFilter:
        """The same, as the history takes it: of one owner's jobs alone, if one is given."""
        return JobFilter(
            statuses=tuple(status.value for status in self.status),
            outcomes=tuple(outcome.value for outcome in self.outcome),
            functions=tuple(self.function),
            queues=tuple(self.queue),
            workers=tuple(self.worker),
            error_types=tuple(self.error_type),
            batch=self.batch,
            fingerprint=self.fingerprint,
            error=self.error,
            q=self.q,
            job_ids=tuple(self.job_id),
            since_ms=self.since,
            until_ms=self.until,
            min_run_ms=self.min_run,
            max_run_ms=self.max_run,
            min_wait_ms=self.min_wait,
            max_wait_ms=self.max_wait,
            owner=owner,
        )


class JobListQuery(JobQuery):
    """Which jobs, in which order, and which page of them."""

    sort: Sort = Field(
        default="age",
        description="`age` has the youngest first, the others the least; `-` turns an order round.",
    )
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="How many at the most.")
    cursor: str | None = Field(
        default=None,
        max_length=LONGEST_CURSOR,
        description="The page after the one that gave this as `next`.",
    )


JobQueryDep = Annotated[JobQuery, Query()]
JobListQueryDep = Annotated[JobListQuery, Query()]
