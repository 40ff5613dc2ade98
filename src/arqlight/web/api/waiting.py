"""Why a job does not run: what an operator would find out by looking in five places."""

from arqlight.models import WorkerInfo
from arqlight.web.api.models.listing import JobLine

__all__ = ["why_waiting"]


def why_waiting(job: JobLine, workers: list[WorkerInfo], *, is_paused: bool, now_ms: int) -> str | None:
    """The reason in a sentence, the first that holds; None where the job does not wait.

    Args:
        job: the job.
        workers: the workers of its queue that are up.
        is_paused: whether its queue is.
        now_ms: the server's time in Unix ms.
    """
    if job.status not in ("deferred", "queued"):
        return None
    if is_paused:
        return f"The queue {job.queue} is paused."
    if job.status == "deferred" and job.due_ms is not None and job.due_ms > now_ms:
        return "It waits for its next try." if job.job_try else "It was put off and is not due yet."
    return _why_not_claimed(job, workers)


def _why_not_claimed(job: JobLine, workers: list[WorkerInfo]) -> str:
    """Why no worker has taken a job that is due."""
    if not workers:
        return f"No arqlight worker of the queue {job.queue} is up. Plain arq workers are not seen from here."
    if job.function is not None and not any(job.function in worker.functions for worker in workers):
        return f"No worker of the queue {job.queue} has a function {job.function}."
    if all(worker.jobs_running >= worker.max_jobs for worker in workers):
        return f"All slots of the queue's workers are taken ({sum(w.max_jobs for w in workers)} in all)."
    return "It is due, and the next free worker takes it."
