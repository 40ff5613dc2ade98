"""Finding a job whose queue the request did not name."""

from arqlight.models import Job, JobStatus, Snapshot
from arqlight.queue import Queue
from arqlight.redis.failures import ask
from arqlight.web.auth import policy
from arqlight.web.auth.viewer import Viewer
from arqlight.web.reach import Reach

__all__ = ["find_job", "find_visible", "queue_to_change"]


async def find_job(queue: Queue, job_id: str, queue_name: str | None, *, whole: bool = False) -> Snapshot:
    """The job as it is in the queue of that name, else in the default one, else in another that we know of.

    A job's record does not say which queue it waits in. Its batch does, and workers name theirs.
    """
    snapshot = await ask(queue.look_up(job_id, queue_name=queue_name, whole=whole))
    job = snapshot.job
    waits_elsewhere = job.status == JobStatus.not_found and job.function is not None
    if queue_name is None and waits_elsewhere:
        for name in await _other_queues(queue, job.batch_id):
            found = await ask(queue.look_up(job_id, queue_name=name, whole=whole))
            if found.job.status != JobStatus.not_found:
                return found
    return snapshot


async def find_visible(
    viewer: Viewer, queue: Queue, job_id: str, queue_name: str | None, *, whole: bool = False
) -> Snapshot:
    """The same for somebody, to whom a job that is not for them to see does not exist."""
    snapshot = await find_job(queue, job_id, queue_name, whole=whole)
    if policy.may_see(viewer, snapshot.job):
        return snapshot
    unknown = Job(job_id=job_id, status=JobStatus.not_found, queue=queue_name or queue.queue_name)
    return Snapshot(unknown, snapshot.event_id)


async def queue_to_change(reach: Reach, queue: Queue, job_id: str, queue_name: str | None) -> str:
    """The queue of a job that is to be changed, wherever it was found; one that may not be is refused."""
    name = (await find_job(queue, job_id, queue_name)).job.queue
    if name != queue.queue_name:
        await reach.check_queue(name)
    return name


async def _other_queues(queue: Queue, batch_id: str | None) -> list[str]:
    batch = await ask(queue.batch_job_ids(batch_id)) if batch_id else None
    workers = await ask(queue.workers())
    names = dict.fromkeys([*([batch[0]] if batch else []), *(worker.queue for worker in workers)])
    return [name for name in names if name != queue.queue_name]
