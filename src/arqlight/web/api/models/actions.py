"""Actions on jobs: one at a time, and many at once."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from arqlight.models import Job
from arqlight.web.api.models.filters import JobQuery

__all__ = ["ActionIn", "ActionName", "ActionState", "Answered", "JobAnswer"]

ActionName = Literal["retry", "abort", "delete", "run_now"]
MOST_IDS = 10_000


class JobAnswer(BaseModel):
    """What truly came of an action on one job."""

    job_id: str = Field(description="The job; of `duplicate`, the new one.")
    answer: str = Field(examples=["enqueued"])
    job: Job | None = Field(default=None, description="The job as it is now, if it is still there.")


class ActionIn(BaseModel):
    """An action on many jobs: on those named, or on all that a filter means when it begins."""

    model_config = ConfigDict(extra="forbid")

    action: ActionName
    job_ids: list[str] | None = Field(default=None, min_length=1, max_length=MOST_IDS)
    filter: JobQuery | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.job_ids is None) == (self.filter is None):
            raise PydanticCustomError("which_jobs", "needs either job_ids or filter, and not both")
        return self


class Answered(BaseModel):
    """A job with which it did not go as asked."""

    job_id: str
    answer: str


class ActionState(BaseModel):
    """How far an action on many jobs is."""

    action_id: str
    action: ActionName
    state: Literal["running", "done", "stopped", "failed"]
    total: int = Field(description="Of how many jobs; of a filter at least so many, until it is done.")
    done: int
    answers: dict[str, int] = Field(description="How often each answer came.", examples=[{"enqueued": 12}])
    problems: list[Answered] = Field(description="The first hundred with which it did not go as asked.")
    error: str | None = Field(default=None, description="Why it failed midway.")
    start_ms: int
    finish_ms: int | None = None
