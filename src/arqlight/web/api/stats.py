"""Figures over HTTP: what ended over time, and how things stand now."""

from collections.abc import Sequence
from typing import Annotated

from arq.utils import timestamp_ms
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from arqlight.events import id_key
from arqlight.history import History, JobFilter, StatPoint, WorkerRow
from arqlight.models import JobStatus, Outcome
from arqlight.queue import Queue
from arqlight.redis.failures import ask
from arqlight.web.api.attention import Facts, attention
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.models import stats as models
from arqlight.web.api.models.fields import LONGEST_NAME
from arqlight.web.api.models.listing import JobLine, Percentiles
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.queues import queue_lines
from arqlight.web.api.responses import answer, as_said
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import QueueDep
from arqlight.web.history import HistoryDep

__all__ = ["router", "version_marks"]

_HOUR_MS = 3_600_000
_MOST_RUNNING = 20
# The history may be so far behind the log before it is said.
_BEHIND_MS = 5_000

router = APIRouter(tags=["stats"], route_class=ProblemRoute)

Names = Annotated[list[Annotated[str, Field(max_length=LONGEST_NAME)]], Field(max_length=50)]


class StatsQuery(BaseModel):
    """Of which span of time, in which steps, and of which jobs."""

    model_config = ConfigDict(extra="forbid")

    since: int | None = Field(default=None, ge=0, description="Unix ms; by default 24 hours before the end.")
    until: int | None = Field(default=None, ge=0, description="Unix ms; by default now.")
    step: int = Field(default=300, ge=60, description="Seconds in each step, whole minutes.")
    queue: Names = Field(default_factory=list)
    function: Names = Field(default_factory=list)


@router.get(
    "/stats", name="arqlight:stats", response_model=models.StatsAnswer, responses=problem_responses(403, 422)
)
@needs(Right.view_all)
async def get_stats(wanted: Annotated[StatsQuery, Query()], history: HistoryDep) -> Response:
    """What ended over time: how many by outcome, and how long they waited and ran."""
    with as_said():
        stats = await history.stats(
            since_ms=wanted.since,
            until_ms=wanted.until,
            step_s=wanted.step,
            functions=wanted.function,
            queues=wanted.queue,
        )
    return answer(
        models.StatsAnswer(
            since_ms=stats.since_ms,
            until_ms=stats.until_ms,
            step_ms=stats.step_s * 1000,
            series=[_point(point) for series in stats.series for point in series.points],
            marks=version_marks((await history.workers()).workers, stats.since_ms, stats.until_ms),
            event_id=stats.event_id,
        )
    )


def _point(point: StatPoint) -> models.StatPoint:
    return models.StatPoint(
        at_ms=point.at_ms,
        wait=Percentiles.model_validate(point.wait, from_attributes=True) if point.wait else Percentiles(),
        run=Percentiles.model_validate(point.run, from_attributes=True) if point.run else Percentiles(),
        **{outcome: point.counts.get(outcome, 0) for outcome in Outcome},
    )


def version_marks(workers: Sequence[WorkerRow], since_ms: int, until_ms: int) -> list[models.Mark]:
    """When, in a span of time, workers of another version than those before came up."""
    marks = []
    version = None
    for worker in sorted(workers, key=lambda worker: worker.start_ms or worker.first_ms):
        began_ms = worker.start_ms or worker.first_ms
        if worker.version not in (None, version):
            if version is not None and since_ms <= began_ms < until_ms:
                marks.append(models.Mark(at_ms=began_ms, text=f"worker {worker.version}"))
            version = worker.version
    return marks


@router.get(
    "/overview", name="arqlight:overview", response_model=models.Overview, responses=problem_responses(403)
)
@needs(Right.view_all)
async def get_overview(queue: QueueDep, history: HistoryDep) -> Response:
    """How things stand: what needs attention first, then queues, workers and what runs."""
    queues, event_id = await queue_lines(queue, history)
    workers = await ask(queue.workers())
    running = await history.jobs(
        JobFilter(statuses=(JobStatus.in_progress.value,)), sort="-age", limit=_MOST_RUNNING
    )
    recorder = await _recorder(queue, history)
    failures = await history.failures(since_ms=timestamp_ms() - _HOUR_MS, step_s=60, limit=10, sort="total")
    functions = await history.functions(since_ms=timestamp_ms() - _HOUR_MS)
    facts = Facts(
        queues,
        workers,
        failures.groups,
        functions.functions,
        running.jobs,
        recorder,
        timestamp_ms(),
    )
    return answer(
        models.Overview(
            attention=attention(facts),
            queues=queues,
            workers=models.WorkersNow(
                up=len(workers),
                slots=sum(worker.max_jobs for worker in workers),
                running=sum(worker.jobs_running for worker in workers),
            ),
            running=[JobLine.of(row) for row in running.jobs],
            recorder=recorder,
            event_id=event_id,
        )
    )


async def _recorder(queue: Queue, history: History) -> models.Recorder:
    recording = await history.recording()
    last_id = await ask(queue.events.last_id())
    behind_ms = max(0, id_key(last_id)[0] - id_key(recording.event_id)[0])
    is_up = recording.event_id == last_id or timestamp_ms() - id_key(last_id)[0] < _BEHIND_MS
    return models.Recorder(
        state="up" if is_up or behind_ms < _BEHIND_MS else "behind",
        event_id=recording.event_id,
        behind_ms=behind_ms,
        gaps=sum(gap.healed_ms is None for gap in recording.gaps),
    )
