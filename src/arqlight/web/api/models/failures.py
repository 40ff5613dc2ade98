"""Groups of failures as the console shows them."""

from pydantic import BaseModel, Field

from arqlight.web.api.models.fields import EventId
from arqlight.web.api.models.listing import TryLine

__all__ = ["FailureDetail", "FailureLine", "FailureLines"]


class FailureLine(BaseModel):
    """Failures that belong together: same function, exception and place."""

    fingerprint: str
    function: str
    type: str = Field(examples=["ValueError"])
    where: str = Field(description="File and function of the deepest line that is not a library's.")
    message: str = Field(description="Of the last one.")
    first_ms: int
    last_ms: int
    count: int = Field(description="How often in all.")
    last_job_id: str | None = None
    series: list[tuple[int, int]] = Field(description="Unix ms and how often in that step; no empty ones.")


class FailureLines(BaseModel):
    """Some groups of failures."""

    failures: list[FailureLine]
    next: str | None = None
    step_ms: int
    event_id: EventId


class FailureDetail(BaseModel):
    """One group, with the last of its failures."""

    failure: FailureLine
    sample: TryLine | None = Field(default=None, description="The try that failed last, with its traceback.")
    step_ms: int
    event_id: EventId
