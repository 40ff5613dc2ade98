"""Functions and schedules as the console shows them."""

from typing import Any

from pydantic import BaseModel, Field

from arqlight.models import RetryInfo
from arqlight.web.api.models.fields import EventId
from arqlight.web.api.models.listing import JobLine, Percentiles

__all__ = ["FunctionDetail", "FunctionLine", "FunctionLines", "ScheduleLine", "ScheduleLines", "SwitchReply"]


class FunctionLine(BaseModel):
    """One function: what workers publish of it, and how its jobs went."""

    name: str = Field(examples=["send_mail"])
    queues: list[str] = Field(description="Queues whose workers have it.")
    workers: int = Field(description="How many workers that are up have it.")
    parameters: dict[str, Any] | None = Field(
        default=None, description="The JSON Schema of what a job passes to it; null while no worker is up."
    )
    doc: str | None = Field(default=None, description="The first paragraph of its docstring, cut.")
    max_tries: int | None = None
    timeout_s: float | None = None
    retry: RetryInfo | None = Field(
        default=None, description="Null where an exception fails the job at once."
    )
    calls: int = Field(description="Jobs that ended in the last 24 hours.")
    failed: int
    failure_rate: float | None = Field(default=None, description="From 0 to 1; null where none ended.")
    wait: Percentiles
    run: Percentiles
    counts: dict[str, int] = Field(description="All that the history knows, by status or outcome.")
    series: list[tuple[int, int]] = Field(
        description="Unix ms and how many jobs ended in that hour, over the last day; empty ones left out."
    )


class FunctionDetail(FunctionLine):
    """One function, with how long its jobs ran."""

    histogram: list[tuple[float, float, int]] = Field(
        description="From and to ms, and how many jobs that ended in the last 24 hours ran so long."
    )


class FunctionLines(BaseModel):
    """All functions that are known."""

    functions: list[FunctionLine]
    event_id: EventId


class ScheduleLine(BaseModel):
    """One cron job."""

    name: str = Field(examples=["cron:close_the_day"])
    queue: str | None = Field(default=None, description="Null while no worker that has it is up.")
    words: str | None = Field(default=None, examples=["every day at 23:55"])
    next_ms: int | None = Field(default=None, description="When it runs next, by the workers that are up.")
    enabled: bool = True
    workers: int = Field(description="How many workers that are up have it.")
    runs: list[JobLine] = Field(description="Its last runs, the latest first.")
    counts: dict[str, int]


class ScheduleLines(BaseModel):
    """All cron jobs that are known."""

    schedules: list[ScheduleLine]
    event_id: EventId


class SwitchReply(BaseModel):
    """What became of a request to switch a cron job off or on."""

    name: str
    enabled: bool
    changed: bool
