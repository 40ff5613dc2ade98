"""Workers as the console shows them."""

from typing import Literal

from pydantic import BaseModel, Field

from arqlight.models import DrainAnswer, WorkerInfo
from arqlight.web.api.models.fields import EventId

__all__ = ["DrainReply", "WorkerLine", "WorkerLines"]


class WorkerLine(BaseModel):
    """One worker: as it says of itself while it is up, as the history knows it after that."""

    worker_id: str
    state: Literal["up", "draining", "lost", "stopped"] = Field(
        description="`lost`: it is gone, and left jobs unfinished, for others; `stopped`: it left none."
    )
    queue: str
    host: str | None = None
    pid: int | None = None
    version: str | None = None
    start_ms: int | None = None
    seen_ms: int
    max_jobs: int | None = None
    info: WorkerInfo | None = Field(default=None, description="What it says of itself; null once it is gone.")


class WorkerLines(BaseModel):
    """The workers that are up, and those that were not long ago."""

    workers: list[WorkerLine]
    event_id: EventId


class DrainReply(BaseModel):
    """What became of a request to drain a worker, or to let it claim again."""

    worker_id: str
    answer: DrainAnswer
