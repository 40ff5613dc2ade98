"""One job with all that is remembered of it: its tries, its stretches of time, its log lines."""

from typing import Annotated

from arq.utils import timestamp_ms
from fastapi import APIRouter, HTTPException, Query, Response

from arqlight.history import History
from arqlight.models import JobStatus
from arqlight.queue import Queue
from arqlight.redis.failures import ask
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.finding import find_visible
from arqlight.web.api.jobs import shortened
from arqlight.web.api.models.fields import JobId, QueueName
from arqlight.web.api.models.jobs import JobValues
from arqlight.web.api.models.listing import JobHistory, JobLine, LoggedLine, TryLine, Usual
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.responses import answer
from arqlight.web.api.spans import spans_of
from arqlight.web.api.waiting import why_waiting
from arqlight.web.auth import policy
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import HidingDep, QueueDep, ViewerDep
from arqlight.web.history import HistoryDep

__all__ = ["router"]

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=ProblemRoute)


@router.get(
    "/{job_id:path}/history",
    name="arqlight:job_history",
    response_model=JobHistory,
    responses=problem_responses(404, 422),
)
@needs(Right.watch_own)
async def job_history(
    *,
    job_id: JobId,
    viewer: ViewerDep,
    queue: QueueDep,
    history: HistoryDep,
    key: Annotated[str | None, Query(max_length=40, description="Which of those that had this id.")] = None,
) -> Response:
    """A job with its tries, stretches of time and log lines; by default the newest that had this id."""
    found = await history.job(job_id, key=key)
    if found is None or not policy.may_see(viewer, found.job):
        raise HTTPException(404, f"The history has no job {shortened(job_id)}.")
    job = JobLine.of(found.job)
    tries = [TryLine.of(one) for one in found.tries]
    return answer(
        JobHistory(
            job=job,
            args=found.args,
            kwargs=found.kwargs,
            result=found.result,
            has_result=found.has_result,
            tries=tries,
            spans=spans_of(job, tries),
            logs=[LoggedLine.of(line) for line in found.logs],
            usual=await _usual(history, job.function),
            why_waiting=await _why_waiting(queue, job),
            earlier=[JobLine.of(row) for row in found.incarnations if policy.may_see(viewer, row)],
            event_id=found.event_id,
        )
    )


@router.get(
    "/{job_id:path}/values",
    name="arqlight:job_values",
    response_model=JobValues,
    responses=problem_responses(404, 422),
)
@needs(Right.watch_own)
async def job_values(
    job_id: JobId, viewer: ViewerDep, queue: QueueDep, hiding: HidingDep, queue_name: QueueName = None
) -> Response:
    """A job's arguments and result, of which other answers have the beginning only where they are large."""
    job = await hiding.job((await find_visible(viewer, queue, job_id, queue_name, whole=True)).job)
    if job.status == JobStatus.not_found:
        raise HTTPException(404, f"Redis has no job {shortened(job_id)} any more.")
    return answer(JobValues(job_id=job_id, args=list(job.args), kwargs=job.kwargs, result=job.result))


async def _usual(history: History, function: str | None) -> Usual | None:
    found = await history.usual(function) if function else None
    return Usual.model_validate(found, from_attributes=True) if found and found.count else None


async def _why_waiting(queue: Queue, job: JobLine) -> str | None:
    if job.status not in ("deferred", "queued"):
        return None
    workers = await ask(queue.workers(queue_name=job.queue))
    is_paused = await ask(queue.paused_since(job.queue)) is not None
    return why_waiting(job, workers, is_paused=is_paused, now_ms=timestamp_ms())
