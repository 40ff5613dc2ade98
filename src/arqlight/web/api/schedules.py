"""Cron jobs over HTTP: when they run, what became of their last runs; run one now, switch one off and on."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Response

from arqlight.history import ScheduleRow
from arqlight.models import WorkerInfo
from arqlight.queue import Queue
from arqlight.redis.failures import ask
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.jobs import shortened
from arqlight.web.api.models.actions import JobAnswer
from arqlight.web.api.models.fields import LONGEST_NAME
from arqlight.web.api.models.functions import ScheduleLine, ScheduleLines, SwitchReply
from arqlight.web.api.models.listing import JobLine
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.reaching import AllowedQueue
from arqlight.web.api.responses import answer, as_said
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import AuditDep, HidingDep, QueueDep
from arqlight.web.history import HistoryDep
from arqlight.web.reach import Reach, ReachDep

__all__ = ["router"]

router = APIRouter(prefix="/schedules", tags=["schedules"], route_class=ProblemRoute)

CronName = Annotated[str, Path(max_length=LONGEST_NAME, examples=["cron:close_the_day"])]


@router.get("", name="arqlight:schedules", response_model=ScheduleLines, responses=problem_responses(403))
@needs(Right.view_all)
async def list_schedules(queue: QueueDep, history: HistoryDep) -> Response:
    """All cron jobs: those of the workers that are up, and those of which the history has runs."""
    known = await history.schedules()
    workers = await ask(queue.workers())
    runs = {row.name: row for row in known.schedules}
    names = sorted({*runs, *(name for worker in workers for name in worker.crons)})
    off = {name: await ask(queue.crons_off(name)) for name in {worker.queue for worker in workers}}
    lines = [_line(name, runs.get(name), workers, off) for name in names]
    return answer(ScheduleLines(schedules=lines, event_id=known.event_id))


def _line(
    name: str, row: ScheduleRow | None, workers: Sequence[WorkerInfo], off: dict[str, set[str]]
) -> ScheduleLine:
    having = [worker for worker in workers if name in worker.crons]
    cron = having[0].crons[name] if having else None
    queue_name = having[0].queue if having else None
    return ScheduleLine(
        name=name,
        queue=queue_name,
        words=cron.words if cron else None,
        next_ms=cron.next_ms if cron else None,
        enabled=queue_name is None or name not in off[queue_name],
        workers=len(having),
        runs=[JobLine.of(run) for run in row.last] if row else [],
        counts=row.counts if row else {},
    )


@router.post(
    "/{name:path}/run-now",
    name="arqlight:run_schedule",
    response_model=JobAnswer,
    responses=problem_responses(403, 404, 422),
)
@needs(Right.operate)
async def run_schedule(
    *,
    name: CronName,
    queue: QueueDep,
    reach: ReachDep,
    audit: AuditDep,
    hiding: HidingDep,
    queue_name: AllowedQueue,
) -> Response:
    """Run a cron job now, besides its times, whether it is off or on."""
    its_queue = await _queue_of(queue, reach, name, queue_name)
    job = await ask(queue.enqueue(name, _queue_name=its_queue))
    assert job is not None  # noqa: S101  its id was just drawn
    await audit("run_schedule", [name])
    found, _ = await ask(queue.look_up(job.job_id, queue_name=its_queue))
    return answer(JobAnswer(job_id=job.job_id, answer="enqueued", job=await hiding.job(found)))


@router.post(
    "/{name:path}/off",
    name="arqlight:schedule_off",
    response_model=SwitchReply,
    responses=problem_responses(403, 404, 422),
)
@needs(Right.operate)
async def switch_off(
    name: CronName, queue: QueueDep, reach: ReachDep, audit: AuditDep, queue_name: AllowedQueue
) -> Response:
    """Have a cron job not run any more until it is switched on."""
    return await _switch(queue, reach, audit, name, queue_name, on=False)


@router.post(
    "/{name:path}/on",
    name="arqlight:schedule_on",
    response_model=SwitchReply,
    responses=problem_responses(403, 404, 422),
)
@needs(Right.operate)
async def switch_on(
    name: CronName, queue: QueueDep, reach: ReachDep, audit: AuditDep, queue_name: AllowedQueue
) -> Response:
    """Let a cron job run again."""
    return await _switch(queue, reach, audit, name, queue_name, on=True)


async def _switch(
    queue: Queue, reach: Reach, audit: AuditDep, name: str, queue_name: str | None, *, on: bool
) -> Response:
    its_queue = await _queue_of(queue, reach, name, queue_name)
    with as_said():
        changed = await ask(queue.switch_cron(name, on=on, queue_name=its_queue))
    await audit("schedule_on" if on else "schedule_off", [name])
    return answer(SwitchReply(name=name, enabled=on, changed=changed))


async def _queue_of(queue: Queue, reach: Reach, name: str, queue_name: str | None) -> str:
    """The queue whose workers have a cron job of this name, the one that was asked for if any; or 404."""
    for worker in await ask(queue.workers(queue_name=queue_name)):
        if name in worker.crons:
            await reach.check_queue(worker.queue)
            return worker.queue
    of_queue = f" of the queue {shortened(queue_name)}" if queue_name else ""
    raise HTTPException(404, f"No worker{of_queue} that is up has a cron job {shortened(name)}.")
