"""Queues as the console shows them."""

from typing import Literal

from pydantic import BaseModel, Field

from arqlight.web.api.models.fields import EventId

__all__ = ["Emptied", "QueueLine", "QueueLines"]


class QueueLine(BaseModel):
    """One queue: what is live, asked of Redis, and what was, from the history."""

    name: str = Field(examples=["arq:queue"])
    depth: int = Field(description="Jobs that are due and wait.")
    deferred: int
    in_progress: int
    oldest_ms: int | None = Field(default=None, description="When the one that waits longest became due.")
    paused: bool
    paused_since_ms: int | None = None
    workers: int
    slots: int = Field(description="How many jobs its workers run at once, at the most.")
    served_by: Literal["arqlight", "arq", "none"] = Field(
        description="`arq`: no arqlight worker is up, and jobs end all the same."
    )
    done_per_minute: float = Field(description="Jobs that ended, in the last five minutes.")
    drain_ms: int | None = Field(
        default=None, description="After how long nothing waits if it goes on so; null for never."
    )
    done_series: list[tuple[int, int]] = Field(
        description="Unix ms and how many jobs ended in that minute, over the last hour; empty ones left out."
    )
    depth_series: list[tuple[int, int]] = Field(
        description="Unix ms and the most jobs that waited in that minute, for each of the last hour."
    )
    counts: dict[str, int] = Field(description="All that the history knows of it, by status or outcome.")


class QueueLines(BaseModel):
    """All queues that are known."""

    queues: list[QueueLine]
    event_id: EventId


class Emptied(BaseModel):
    """What became of a request to empty a queue."""

    name: str
    removed: int
