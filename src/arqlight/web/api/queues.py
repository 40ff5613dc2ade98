"""Queues over HTTP: how deep they are and how fast they move; pause, resume and empty one."""

from collections.abc import Sequence
from typing import Annotated

from arq.utils import timestamp_ms
from fastapi import APIRouter, Depends, HTTPException, Path, Response

from arqlight.history import History, JobFilter
from arqlight.models import WorkerInfo
from arqlight.queue import Queue, QueueDepth
from arqlight.redis.failures import ask
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.jobs import shortened
from arqlight.web.api.models.fields import LONGEST_NAME
from arqlight.web.api.models.queues import Emptied, QueueLine, QueueLines
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.responses import answer
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import AuditDep, QueueDep
from arqlight.web.history import HistoryDep
from arqlight.web.reach import ReachDep

__all__ = ["queue_lines", "router"]

_MINUTE_MS = 60_000
_SHOWN_MS = 60 * _MINUTE_MS
_RATE_MINUTES = 5
# So many jobs tell who runs a queue.
_NEWEST = 10
# Emptying goes in steps; a queue of millions takes a while.
_EMPTY_WITHIN_S = 120.0

router = APIRouter(prefix="/queues", tags=["queues"], route_class=ProblemRoute)

QueuePath = Annotated[str, Path(min_length=1, max_length=LONGEST_NAME, examples=["arq:queue"])]


@router.get("", name="arqlight:queues", response_model=QueueLines, responses=problem_responses(403))
@needs(Right.view_all)
async def list_queues(queue: QueueDep, history: HistoryDep) -> Response:
    """All queues that are known: the history's, those of workers that are up, and the application's own."""
    lines, event_id = await queue_lines(queue, history)
    return answer(QueueLines(queues=lines, event_id=event_id))


async def queue_lines(queue: Queue, history: History) -> tuple[list[QueueLine], str]:
    """All queues that are known, and the event at which the history's part is true."""
    known = await history.queues()
    counts = {one.name: one.counts for one in known.queues}
    workers = await ask(queue.workers())
    names = sorted({queue.queue_name, *counts, *(worker.queue for worker in workers)})
    depths = await ask(queue.depths(names))
    done = await _done(history)
    before = {one.name: one.points for one in (await history.depths(queues=names)).queues}
    unserved = {name for name in names if _per_minute(done.get(name, []))} - {one.queue for one in workers}
    by_arq = {name for name in unserved if await _runs_without_events(history, name)}
    lines = [
        _line(
            depth,
            [worker for worker in workers if worker.queue == depth.name],
            done.get(depth.name, []),
            before.get(depth.name, []),
            counts.get(depth.name, {}),
            is_arqs=depth.name in by_arq,
        )
        for depth in depths
    ]
    return lines, known.event_id


async def _done(history: History) -> dict[str | None, list[tuple[int, int]]]:
    """How many jobs of each queue ended in each minute of the last hour."""
    stats = await history.stats(since_ms=timestamp_ms() - _SHOWN_MS, step_s=60, group="queue")
    return {one.name: [(p.at_ms, sum(p.counts.values())) for p in one.points] for one in stats.series}


def _per_minute(done: list[tuple[int, int]]) -> float:
    since = timestamp_ms() - _RATE_MINUTES * _MINUTE_MS
    return sum(count for at_ms, count in done if at_ms >= since) / _RATE_MINUTES


async def _runs_without_events(history: History, queue_name: str) -> bool:
    """Whether the newest jobs that ended were run by plain arq, whose workers cannot be seen otherwise."""
    wanted = JobFilter(queues=(queue_name,), outcomes=("succeeded", "failed"))
    newest = await history.jobs(wanted, limit=_NEWEST)
    return any(job.worker_id is None for job in newest.jobs)


def _line(
    depth: QueueDepth,
    workers: Sequence[WorkerInfo],
    done: list[tuple[int, int]],
    depths: list[tuple[int, int]],
    counts: dict[str, int],
    *,
    is_arqs: bool = False,
) -> QueueLine:
    per_minute = _per_minute(done)
    served_by = "arqlight" if workers else "arq" if is_arqs else "none"
    return QueueLine(
        name=depth.name,
        depth=depth.waiting,
        deferred=depth.deferred,
        in_progress=depth.in_progress,
        oldest_ms=depth.oldest_ms,
        paused=depth.paused_ms is not None,
        paused_since_ms=depth.paused_ms,
        workers=len(workers),
        slots=sum(worker.max_jobs for worker in workers),
        served_by=served_by,
        done_per_minute=per_minute,
        drain_ms=_drain_ms(depth.waiting, per_minute),
        done_series=done,
        depth_series=depths,
        counts=counts,
    )


def _drain_ms(waiting: int, per_minute: float) -> int | None:
    if waiting == 0:
        return 0
    return round(waiting / per_minute * _MINUTE_MS) if per_minute else None


async def reachable_queue(reach: ReachDep, name: QueuePath) -> str:
    """The queue in a path, or 404 for one that requests may not reach."""
    await reach.check_queue(name, status=404)
    return name


QueueToChange = Annotated[str, Depends(reachable_queue)]


async def _check(queue: Queue, history: History, name: str) -> None:
    """Answer with 404 where nothing tells that a queue of this name exists."""
    lines, _ = await queue_lines(queue, history)
    (depth,) = await ask(queue.depths([name]))
    is_in_redis = any((depth.waiting, depth.deferred, depth.in_progress, depth.paused_ms))
    if not is_in_redis and name not in {line.name for line in lines}:
        why = "no worker, no job, no history of one"
        raise HTTPException(404, f"There is no queue {shortened(name)}: {why}.")


async def _of(queue: Queue, history: History, name: str) -> QueueLine:
    lines, _ = await queue_lines(queue, history)
    known = {line.name: line for line in lines}
    return known.get(name) or _line((await ask(queue.depths([name])))[0], [], [], [], {})


@router.post(
    "/{name:path}/pause",
    name="arqlight:pause",
    response_model=QueueLine,
    responses=problem_responses(403, 404, 422),
)
@needs(Right.operate)
async def pause_queue(name: QueueToChange, queue: QueueDep, history: HistoryDep, audit: AuditDep) -> Response:
    """Have no worker take a job of the queue until it is resumed. What runs runs on."""
    await _check(queue, history, name)
    await ask(queue.pause(name))
    await audit("pause", [name])
    return answer(await _of(queue, history, name))


@router.post(
    "/{name:path}/resume",
    name="arqlight:resume",
    response_model=QueueLine,
    responses=problem_responses(403, 404, 422),
)
@needs(Right.operate)
async def resume_queue(
    name: QueueToChange, queue: QueueDep, history: HistoryDep, audit: AuditDep
) -> Response:
    """Let workers take the queue's jobs again."""
    await _check(queue, history, name)
    await ask(queue.resume(name))
    await audit("resume", [name])
    return answer(await _of(queue, history, name))


@router.post(
    "/{name:path}/empty",
    name="arqlight:empty",
    response_model=Emptied,
    responses=problem_responses(403, 404, 422),
)
@needs(Right.operate)
async def empty_queue(name: QueueToChange, queue: QueueDep, history: HistoryDep, audit: AuditDep) -> Response:
    """Delete all jobs of the queue that wait. What runs runs on."""
    await _check(queue, history, name)
    removed = await ask(queue.empty(name), _EMPTY_WITHIN_S)
    await audit("empty", [name])
    return answer(Emptied(name=name, removed=removed))
