"""The tutorial's API: start 1 to 100 tasks, and ask for one's status and result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response, status

from arqlight.models import Job, JobRequest, Outcome
from arqlight.web.api.batches import enqueue_batch, fresh_jobs
from arqlight.web.api.errors import ProblemRoute
from arqlight.web.api.finding import find_visible
from arqlight.web.api.models.fields import JobId
from arqlight.web.api.models.tasks import TaskRequest, TasksCreated, TaskStatus
from arqlight.web.api.problem import problem_responses
from arqlight.web.api.responses import answer
from arqlight.web.auth import policy
from arqlight.web.auth.route import needs
from arqlight.web.auth.viewer import Right
from arqlight.web.dependencies import AuditDep, HidingDep, QueueDep, ViewerDep

__all__ = ["TaskPage", "tasks_router"]


class TaskRoute(ProblemRoute):
    """A route whose requests hold a number only."""

    largest_body = 65_536


def _no_args() -> Sequence[Any]:
    return ()


@dataclass(frozen=True, slots=True)
class TaskPage:
    """What the page's form starts.

    Args:
        function: the name of the function that each task runs.
        make_args: called once for each task; gives its arguments.
        queue_name: where the tasks go; by default the queue's own.
        about: a sentence that tells people what a task does.
    """

    function: str
    make_args: Callable[[], Sequence[Any]] = _no_args
    queue_name: str | None = None
    about: str = ""


def tasks_router(page: TaskPage) -> APIRouter:
    """The routes that start the page's tasks and tell of them."""
    router = APIRouter(prefix="/task", tags=["tasks"], route_class=TaskRoute)

    @router.post(
        "",
        name="arqlight:create_tasks",
        status_code=status.HTTP_201_CREATED,
        response_model=TasksCreated,
        responses=problem_responses(413, 415, 422),
    )
    @needs(Right.watch_own)
    async def create_tasks(
        body: TaskRequest, queue: QueueDep, viewer: ViewerDep, audit: AuditDep, hiding: HidingDep
    ) -> Response:
        """Start some tasks, all in one round trip to Redis."""
        policy.check_start(viewer)
        requests = [
            JobRequest(page.function, tuple(page.make_args()), owner=viewer.owner) for _ in range(body.count)
        ]
        ref = await enqueue_batch(queue, requests, page.queue_name)
        await audit("start_tasks", [ref.batch_id])
        jobs = fresh_jobs(ref, requests, page.queue_name or queue.queue_name)
        created = TasksCreated(
            queued=len(jobs),
            task_ids=[job.job_id for job in jobs],
            batch_id=ref.batch_id,
            event_id=ref.event_id,
            jobs=await hiding.jobs(jobs),
        )
        return answer(created, status.HTTP_201_CREATED)

    @router.get(
        "/{job_id:path}", name="arqlight:task", response_model=TaskStatus, responses=problem_responses(422)
    )
    @needs(Right.watch_own)
    async def get_task(job_id: JobId, queue: QueueDep, viewer: ViewerDep, hiding: HidingDep) -> Response:
        """A task's status and result at this moment, whatever they are: an unknown task is `not_found`."""
        found, _ = await find_visible(viewer, queue, job_id, page.queue_name)
        job = await hiding.job(found)
        return answer(TaskStatus(**{**dict(job), "result": _result(job)}))

    return router


def _result(job: Job) -> Any:
    """The result, or in its place why there is none."""
    if job.outcome is None or job.outcome == Outcome.succeeded:
        return job.result
    if job.error is None:
        return str(job.outcome)
    return f"{job.error.type}: {job.error.message}" if job.error.message else job.error.type
