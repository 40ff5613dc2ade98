"""Tasks, the tutorial's."""

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from arqlight.models import ErrorInfo, Job, JobStatus, Outcome, Progress
from arqlight.web.api.models.fields import EventId

__all__ = ["TaskRequest", "TaskStatus", "TasksCreated"]


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
