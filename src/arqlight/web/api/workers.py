"""Workers over HTTP: those that are up, those that were, and how to drain one."""

from typing import Annotated

from arq.utils import timestamp_ms
from fastapi import APIRouter, HTTPException, Path, Response

from arqlight.history import History, JobFilter, WorkerRow
from arqlight.models import DrainAnswer, JobStatus, WorkerInfo
from arqlight.redis.failures import ask
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.jobs import shortened
from arqlight.web.api.models.fields import LONGEST_NAME
from arqlight.web.api.models.workers import DrainReply, WorkerLine, WorkerLines
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.responses import answer
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import AuditDep, QueueDep
from arqlight.web.history import HistoryDep

__all__ = ["router"]

# For how long a worker that is gone is still shown.
_SHOWN_MS = 3_600_000
_MOST_GONE = 50
# Of a worker that is gone: how many of its jobs are looked at that have not ended.
_MOST_LEFT = 50

router = APIRouter(prefix="/workers", tags=["workers"], route_class=ProblemRoute)

WorkerPath = Annotated[str, Path(min_length=1, max_length=LONGEST_NAME, examples=["host-4711-a1b2c3d4"])]


@router.get("", name="arqlight:workers", response_model=WorkerLines, responses=problem_responses(403))
@needs(Right.view_all)
async def list_workers(queue: QueueDep, history: HistoryDep) -> Response:
    """The arqlight workers that are up, and those that were within the last hour."""
    up = await ask(queue.workers())
    known = await history.workers(since_ms=timestamp_ms() - _SHOWN_MS)
    ids = {worker.worker_id for worker in up}
    gone = [row for row in known.workers if row.worker_id not in ids][:_MOST_GONE]
    lines = [_up(worker) for worker in up] + [await _gone(history, row) for row in gone]
    return answer(WorkerLines(workers=lines, event_id=known.event_id))


def _up(worker: WorkerInfo) -> WorkerLine:
    return WorkerLine(
        worker_id=worker.worker_id,
        state="draining" if worker.draining else "up",
        queue=worker.queue,
        host=worker.host,
        pid=worker.pid,
        version=worker.version,
        start_ms=worker.start_ms,
        seen_ms=worker.seen_ms,
        max_jobs=worker.max_jobs,
        info=worker,
    )


async def _gone(history: History, row: WorkerRow) -> WorkerLine:
    unended = (JobStatus.in_progress.value, JobStatus.queued.value)
    left = await history.jobs(JobFilter(workers=(row.worker_id,), statuses=unended), limit=_MOST_LEFT)
    # Queued and started: its lease is over. One that is to be tried again, or was handed back, has no start.
    is_lost = row.lost or any(job.start_ms is not None for job in left.jobs)
    return WorkerLine(
        worker_id=row.worker_id,
        state="lost" if is_lost else "stopped",
        queue=row.queue,
        host=row.host,
        pid=row.pid,
        version=row.version,
        start_ms=row.start_ms,
        seen_ms=row.last_ms,
        max_jobs=row.max_jobs,
    )


@router.post(
    "/{worker_id}/drain",
    name="arqlight:drain",
    response_model=DrainReply,
    responses=problem_responses(403, 404, 422),
)
@needs(Right.operate)
async def drain_worker(worker_id: WorkerPath, queue: QueueDep, audit: AuditDep) -> Response:
    """Have a worker take no more jobs. What it runs runs on."""
    reply = _reply(worker_id, await ask(queue.drain_worker(worker_id)))
    await audit("drain", [worker_id])
    return answer(reply)


@router.post(
    "/{worker_id}/undrain",
    name="arqlight:undrain",
    response_model=DrainReply,
    responses=problem_responses(403, 404, 422),
)
@needs(Right.operate)
async def undrain_worker(worker_id: WorkerPath, queue: QueueDep, audit: AuditDep) -> Response:
    """Let a worker take jobs again."""
    reply = _reply(worker_id, await ask(queue.undrain_worker(worker_id)))
    await audit("undrain", [worker_id])
    return answer(reply)


def _reply(worker_id: str, said: DrainAnswer) -> DrainReply:
    if said is DrainAnswer.unknown:
        raise HTTPException(404, f"No worker {shortened(worker_id)} is up.")
    return DrainReply(worker_id=worker_id, answer=said)
