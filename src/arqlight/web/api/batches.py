"""Batches over HTTP: enqueue jobs together, and look at all of them at once."""

from collections.abc import Sequence
from typing import Annotated, Any

from arq.jobs import SerializationError
from fastapi import APIRouter, HTTPException, Query, Response, status

from arqlight.models import Batch, BatchRef, Job, JobRequest, JobStatus
from arqlight.payload import plain
from arqlight.queue import Queue
from arqlight.redis.failures import ask
from arqlight.states import batch_from_jobs
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.jobs import shortened, unstorable
from arqlight.web.api.models.batches import BatchIn, BatchLine, BatchLines
from arqlight.web.api.models.fields import BatchId
from arqlight.web.api.paging import LONGEST_CURSOR
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.responses import answer, as_said
from arqlight.web.auth import policy
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import AuditDep, HidingDep, QueueDep, ViewerDep
from arqlight.web.history import HistoryDep
from arqlight.web.reach import ReachDep

__all__ = ["enqueue_batch", "fresh_jobs", "router"]

_MOST_LISTED = 200

router = APIRouter(prefix="/batches", tags=["batches"], route_class=ProblemRoute)


@router.get("", name="arqlight:batches", response_model=BatchLines, responses=problem_responses(403, 422))
@needs(Right.view_all)
async def list_batches(
    history: HistoryDep,
    limit: Annotated[int, Query(ge=1, le=_MOST_LISTED)] = 50,
    cursor: Annotated[str | None, Query(max_length=LONGEST_CURSOR)] = None,
) -> Response:
    """A page of batches, the youngest first, with how many of their jobs are in which state."""
    with as_said():
        page = await history.batches(limit=limit, cursor=cursor)
    return answer(
        BatchLines(
            batches=[BatchLine.of(row) for row in page.batches], next=page.next, event_id=page.event_id
        )
    )


@router.post(
    "",
    name="arqlight:enqueue_batch",
    status_code=status.HTTP_201_CREATED,
    response_model=Batch,
    responses=problem_responses(413, 415, 422),
)
@needs(Right.operate)
async def create_batch(
    *, body: BatchIn, queue: QueueDep, reach: ReachDep, viewer: ViewerDep, audit: AuditDep, hiding: HidingDep
) -> Response:
    """Enqueue jobs in one round trip, and watch them as one. A job whose id is taken stays as it is."""
    await reach.check_queue(body.queue)
    await reach.check_functions({job.function for job in body.jobs}, body.queue)
    requests = [job.request(viewer.owner) for job in body.jobs]
    ref = await enqueue_batch(queue, requests, body.queue)
    await audit("enqueue_batch", [ref.batch_id])
    if None in ref.job_ids:
        batch = await ask(queue.look_up_batch(ref.batch_id))
    else:
        batch = batch_from_jobs(
            ref.batch_id, fresh_jobs(ref, requests, body.queue or queue.queue_name), ref.event_id
        )
    assert batch is not None  # noqa: S101  it was just made
    batch.jobs = await hiding.jobs(batch.jobs)
    return answer(batch, status.HTTP_201_CREATED)


async def enqueue_batch(queue: Queue, requests: Sequence[JobRequest], queue_name: str | None) -> BatchRef:
    """Enqueue jobs, or answer with 422 when their arguments cannot be stored."""
    try:
        return await ask(queue.enqueue_batch(requests, queue_name=queue_name))
    except SerializationError as error:
        raise unstorable(error) from error


def fresh_jobs(ref: BatchRef, requests: Sequence[JobRequest], queue_name: str) -> list[Job]:
    """The jobs as they were when they had just been enqueued, without asking Redis for what is known."""
    # The event's time is the server's, as the times by which jobs are due.
    now_ms = int(ref.event_id.partition("-")[0]) or ref.enqueue_ms
    return [
        _fresh_job(job_id, request, ref, queue_name, now_ms)
        for job_id, request in zip(ref.job_ids, requests, strict=True)
        if job_id is not None
    ]


def _fresh_job(job_id: str, request: JobRequest, ref: BatchRef, queue_name: str, now_ms: int) -> Job:
    due_ms = request.due_ms(now_ms)
    shown: dict[str, Any] = plain({"args": request.args, "kwargs": request.kwargs})
    return Job(
        job_id=job_id,
        status=JobStatus.deferred if due_ms > now_ms else JobStatus.queued,
        function=request.function,
        args=shown["args"],
        kwargs=shown["kwargs"],
        queue=queue_name,
        batch_id=ref.batch_id,
        owner=request.owner,
        enqueue_ms=ref.enqueue_ms,
        due_ms=due_ms,
    )


@router.get(
    "/{batch_id:path}", name="arqlight:batch", response_model=Batch, responses=problem_responses(404, 422)
)
@needs(Right.watch_own)
async def get_batch(batch_id: BatchId, queue: QueueDep, viewer: ViewerDep, hiding: HidingDep) -> Response:
    """A batch and all of its jobs as they are now."""
    batch = await ask(queue.look_up_batch(batch_id))
    if batch is None or not policy.may_see_all(viewer, batch.jobs):
        raise HTTPException(404, f"There is no batch {shortened(batch_id)}, or it is not kept any more.")
    batch.jobs = await hiding.jobs(batch.jobs)
    return answer(batch)
