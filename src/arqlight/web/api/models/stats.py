"""Figures over time, and the overview."""

from typing import Literal

from pydantic import BaseModel, Field

from arqlight.web.api.models.fields import EventId
from arqlight.web.api.models.listing import JobLine, Percentiles
from arqlight.web.api.models.queues import QueueLine

__all__ = ["Attention", "Link", "Mark", "Overview", "Recorder", "StatPoint", "StatsAnswer", "WorkersNow"]


class StatPoint(BaseModel):
    """What ended in one step of time."""

    at_ms: int
    succeeded: int = 0
    failed: int = 0
    aborted: int = 0
    expired: int = 0
    wait: Percentiles
    run: Percentiles


class Mark(BaseModel):
    """Something to be marked on a chart, such as another version of the workers."""

    at_ms: int
    text: str


class StatsAnswer(BaseModel):
    """What a chart shows; steps in which nothing ended are left out."""

    since_ms: int
    until_ms: int
    step_ms: int
    series: list[StatPoint]
    marks: list[Mark]
    event_id: EventId


class Link(BaseModel):
    """Which page of the console shows why."""

    page: Literal["jobs", "failures", "queues", "workers"]
    query: dict[str, str] = Field(default_factory=dict)


class Attention(BaseModel):
    """Something an operator should look at."""

    kind: str = Field(examples=["failing_function"])
    level: Literal["bad", "odd"]
    text: str
    link: Link


class WorkersNow(BaseModel):
    """The workers that are up, together."""

    up: int
    slots: int
    running: int


class Recorder(BaseModel):
    """How the history is kept."""

    state: Literal["up", "behind", "none"]
    event_id: str
    behind_ms: int = Field(description="How far the history is behind the event log.")
    gaps: int = Field(description="Stretches of the log that were trimmed unread, and are not mended.")


class Overview(BaseModel):
    """How things stand."""

    attention: list[Attention]
    queues: list[QueueLine]
    workers: WorkersNow
    running: list[JobLine] = Field(description="What runs now, the longest first; 20 at the most.")
    recorder: Recorder
    event_id: EventId
