"""Actions on one job over HTTP: run it again, run it now, copy it, delete it. Each says what came of it."""

from fastapi import APIRouter, HTTPException, Response

from arqlight.models import JobStatus
from arqlight.queue import Queue
from arqlight.redis.failures import ask
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.finding import find_job, queue_to_change
from arqlight.web.api.jobs import shortened
from arqlight.web.api.models.actions import JobAnswer
from arqlight.web.api.models.fields import JobId
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.reaching import AllowedQueue
from arqlight.web.api.responses import answer
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import AuditDep, HidingDep, QueueDep
from arqlight.web.hiding import Hiding
from arqlight.web.reach import ReachDep

__all__ = ["router"]

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=ProblemRoute)


@router.post(
    "/{job_id:path}/retry",
    name="arqlight:retry",
    response_model=JobAnswer,
    responses=problem_responses(403, 422),
)
@needs(Right.operate)
async def retry_job(
    *,
    job_id: JobId,
    queue: QueueDep,
    reach: ReachDep,
    audit: AuditDep,
    hiding: HidingDep,
    queue_name: AllowedQueue,
) -> Response:
    """Run a complete job again, under its id, with its arguments, its tries counted from the start."""
    name = queue_name or await queue_to_change(reach, queue, job_id, None)
    said = await ask(queue.retry(job_id, queue_name=name))
    await audit("retry", [job_id])
    return answer(await _told(queue, hiding, job_id, said.value, name))


@router.post(
    "/{job_id:path}/run-now",
    name="arqlight:run_now",
    response_model=JobAnswer,
    responses=problem_responses(403, 422),
)
@needs(Right.operate)
async def run_job_now(
    *,
    job_id: JobId,
    queue: QueueDep,
    reach: ReachDep,
    audit: AuditDep,
    hiding: HidingDep,
    queue_name: AllowedQueue,
) -> Response:
    """Make a job due that was put off, or that waits for its next try."""
    name = await queue_to_change(reach, queue, job_id, queue_name)
    said = await ask(queue.run_now(job_id, queue_name=name))
    await audit("run_now", [job_id])
    return answer(await _told(queue, hiding, job_id, said.value, name))


@router.post(
    "/{job_id:path}/duplicate",
    name="arqlight:duplicate",
    response_model=JobAnswer,
    responses=problem_responses(403, 404, 422),
)
@needs(Right.operate)
async def duplicate_job(
    *,
    job_id: JobId,
    queue: QueueDep,
    reach: ReachDep,
    audit: AuditDep,
    hiding: HidingDep,
    queue_name: AllowedQueue,
) -> Response:
    """Enqueue a new job of the same function and arguments."""
    name = await queue_to_change(reach, queue, job_id, queue_name)
    copy_id = await ask(queue.duplicate(job_id, queue_name=name))
    if copy_id is None:
        raise HTTPException(
            404,
            f"Redis holds no record of the job {shortened(job_id)} that tells what to run.",
        )
    await audit("duplicate", [job_id, copy_id])
    return answer(await _told(queue, hiding, copy_id, "enqueued", name))


@router.delete(
    "/{job_id:path}", name="arqlight:delete", response_model=JobAnswer, responses=problem_responses(403, 422)
)
@needs(Right.operate)
async def delete_job(
    *,
    job_id: JobId,
    queue: QueueDep,
    reach: ReachDep,
    audit: AuditDep,
    hiding: HidingDep,
    queue_name: AllowedQueue,
) -> Response:
    """Delete a job that waits or is complete, with all that is kept of it. A running one is left alone."""
    name = await queue_to_change(reach, queue, job_id, queue_name)
    said = await ask(queue.delete(job_id, queue_name=name))
    await audit("delete", [job_id])
    return answer(await _told(queue, hiding, job_id, said.value, name))


async def _told(queue: Queue, hiding: Hiding, job_id: str, said: str, queue_name: str | None) -> JobAnswer:
    job = await hiding.job((await find_job(queue, job_id, queue_name)).job)
    return JobAnswer(job_id=job_id, answer=said, job=None if job.status == JobStatus.not_found else job)
