"""Jobs over HTTP: enqueue one, look it up or wait for its end, abort it."""

import asyncio
import contextlib
from typing import Annotated

from arq.jobs import SerializationError
from fastapi import APIRouter, HTTPException, Query, Response, status

from arqlight.models import Job, JobRequest, JobStatus, Snapshot
from arqlight.queue import Queue
from arqlight.redis.failures import ANSWER_TIMEOUT_S, ask
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.finding import find_visible, queue_to_change
from arqlight.web.api.models.fields import JobId
from arqlight.web.api.models.jobs import AbortReply, EnqueuedJob, JobIn, JobSnapshot
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.reaching import AllowedQueue
from arqlight.web.api.responses import answer
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import AuditDep, HidingDep, HubDep, QueueDep, ViewerDep
from arqlight.web.live.hub import ClosingError, Hub
from arqlight.web.live.messages import RESET, STATE
from arqlight.web.live.subscription import Filter
from arqlight.web.reach import ReachDep

__all__ = ["router", "shortened", "storable", "unstorable"]

LONGEST_WAIT_S = 30
ABORT_WAIT_S = 1.0
TAKE_ALL = 1 << 40

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=ProblemRoute)


@router.post(
    "",
    name="arqlight:enqueue",
    status_code=status.HTTP_201_CREATED,
    response_model=EnqueuedJob,
    responses=problem_responses(409, 413, 415, 422),
)
@needs(Right.operate)
async def enqueue_job(
    *, body: JobIn, queue: QueueDep, reach: ReachDep, viewer: ViewerDep, audit: AuditDep, hiding: HidingDep
) -> Response:
    """Enqueue a job of any function that the workers have registered.

    The id of a job that failed, was aborted or expired is free to be asked for again.
    """
    await reach.check_queue(body.queue)
    await reach.check_functions({body.function}, body.queue)
    request = body.request(viewer.owner)
    job_id = (await storable(queue, [request], body.queue))[0]
    if job_id is None and await ask(queue.enqueue_again(request, queue_name=body.queue)):
        job_id = request.job_id
    if job_id is None:
        raise HTTPException(
            409, f"A job with the id {shortened(body.job_id)} waits, runs or has succeeded already."
        )
    await audit("enqueue", [job_id])
    job, event_id = await ask(queue.look_up(job_id, queue_name=body.queue))
    shown = dict(await hiding.job(job))
    return answer(EnqueuedJob(**shown, event_id=event_id), status.HTTP_201_CREATED)


async def storable(queue: Queue, requests: list[JobRequest], queue_name: str | None) -> list[str | None]:
    """Enqueue jobs, or answer with 422 when their arguments cannot be stored."""
    try:
        return await ask(queue.enqueue_many(requests, queue_name=queue_name))
    except SerializationError as error:
        raise unstorable(error) from error


def unstorable(error: SerializationError) -> HTTPException:
    """The 422 that says why arguments cannot be stored."""
    reason = error.__cause__ or error.__context__
    why = f" ({type(reason).__name__}: {reason})" if reason else ""
    return HTTPException(422, f"The arguments cannot be stored: {error}{why}")


def shortened(text: str | None) -> str:
    """A text from a request, quoted, as much of it as a message can take."""
    return repr(text if text is None or len(text) <= 100 else text[:99] + "…")  # noqa: PLR2004


@router.get(
    "/{job_id:path}", name="arqlight:job", response_model=JobSnapshot, responses=problem_responses(404, 422)
)
@needs(Right.watch_own)
async def get_job(
    *,
    job_id: JobId,
    queue: QueueDep,
    viewer: ViewerDep,
    hub: HubDep,
    hiding: HidingDep,
    wait: Annotated[
        float,
        Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for the job's end before answering."),
    ] = 0,
    queue_name: AllowedQueue,
) -> Response:
    """A job as it is now, or, with `wait`, at its end. Values beside names such as `password` are hidden."""
    snapshot = await find_visible(viewer, queue, job_id, queue_name)
    if wait and not _is_over(snapshot.job):
        with contextlib.suppress(ClosingError):  # nobody waits any more: it is told as it is
            snapshot = await _at_its_end(hub, queue, snapshot.job, wait)
    if snapshot.job.status == JobStatus.not_found:
        raise HTTPException(404, _why_not_found(snapshot.job))
    return answer(JobSnapshot(job=await hiding.job(snapshot.job), event_id=snapshot.event_id))


def _why_not_found(job: Job) -> str:
    if job.function is not None:  # its record is there, and in none of the queues that we know of
        return (
            f"The job {shortened(job.job_id)} is in a queue that no worker serves now. "
            "Name that queue, as in `?queue=reports`."
        )
    return f"There is no job {shortened(job.job_id)}, or its result is not kept any more."


def _is_over(job: Job) -> bool:
    return job.status in (JobStatus.complete, JobStatus.not_found)


async def _at_its_end(hub: Hub, queue: Queue, job: Job, wait: float) -> Snapshot:
    """The job when it is over, else as it is after ``wait`` seconds, or when the server stops."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait
    job_id, queue_name = job.job_id, job.queue
    subscription = await hub.subscribe(Filter(jobs=frozenset([job_id])))
    try:
        snapshot = await ask(queue.look_up(job_id, queue_name=queue_name))
        while not _is_over(snapshot.job) and not subscription.closed:
            if not await subscription.wait(max(0, deadline - loop.time())):
                break
            news = subscription.pending.take(TAKE_ALL)
            if any(message.is_final or message.event in (RESET, STATE) for message in news):
                snapshot = await ask(queue.look_up(job_id, queue_name=queue_name))
    finally:
        hub.unsubscribe(subscription)
    return snapshot if _is_over(snapshot.job) else await ask(queue.look_up(job_id, queue_name=queue_name))


@router.post(
    "/{job_id:path}/abort",
    name="arqlight:abort",
    response_model=AbortReply,
    responses=problem_responses(422),
)
@needs(Right.operate)
async def abort_job(
    *,
    job_id: JobId,
    queue: QueueDep,
    reach: ReachDep,
    audit: AuditDep,
    hiding: HidingDep,
    queue_name: AllowedQueue,
) -> Response:
    """Abort a job, whether it waits or runs; wait a second for a running one to stop."""
    name = await queue_to_change(reach, queue, job_id, queue_name)
    verdict = await ask(
        queue.abort(job_id, wait=ABORT_WAIT_S, queue_name=name), ABORT_WAIT_S + ANSWER_TIMEOUT_S
    )
    await audit("abort", [job_id])
    job, _ = await ask(queue.look_up(job_id, queue_name=name))
    return answer(AbortReply(job_id=job_id, answer=verdict, job=await hiding.job(job)))
