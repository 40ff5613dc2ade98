"""Who may watch which events."""

from fastapi import HTTPException, Request, status

from arqlight.models import Job
from arqlight.queue import Queue
from arqlight.redis.failures import REDIS_TROUBLE, ask
from arqlight.web.auth import policy
from arqlight.web.auth.door import door_of
from arqlight.web.auth.viewer import Right, Viewer
from arqlight.web.live.subscription import Filter

__all__ = ["check_stream", "may_go_on"]


async def check_stream(viewer: Viewer, queue: Queue, want: Filter) -> None:
    """Refuse somebody with 403 who wants events of jobs that they may not see."""
    if viewer.may(Right.view_all):
        return
    names_jobs = bool(want.jobs or want.batches) and want == Filter(jobs=want.jobs, batches=want.batches)
    if not names_jobs or not await _may_see_named(viewer, queue, want):
        raise HTTPException(
            status.HTTP_403_FORBIDDEN,
            f"{viewer.name} may watch only jobs of their own: name them, or their batches, and nothing else.",
        )


async def may_go_on(request: Request, queue: Queue, want: Filter) -> bool:
    """Whether a stream that is open for a while may still be watched by who watches it."""
    viewer = await door_of(request).ask_again(request)
    if viewer is None:
        return False
    try:
        await check_stream(viewer, queue, want)
    except HTTPException:
        return False
    except REDIS_TROUBLE:
        pass  # nothing is sent meanwhile that Redis would have to tell
    return True


async def _may_see_named(viewer: Viewer, queue: Queue, want: Filter) -> bool:
    job_ids = want.jobs - viewer.jobs
    if job_ids and not await _owns(viewer, queue, sorted(job_ids), None):
        return False
    for batch_id in want.batches - viewer.batches:
        batch = await ask(queue.batch_job_ids(batch_id))
        if batch is None or not await _owns(viewer, queue, batch[1], batch[0]):
            return False
    return True


async def _owns(viewer: Viewer, queue: Queue, job_ids: list[str], queue_name: str | None) -> bool:
    jobs: list[Job]
    jobs, _ = await ask(queue.look_up_many(job_ids, queue_name=queue_name))
    return policy.may_see_all(viewer, jobs)
