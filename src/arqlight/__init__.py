"""Background jobs for FastAPI that people can watch.

`Queue` enqueues and looks up, `Worker` runs jobs, `arqlight.web.mount` adds the HTTP API, the live stream and
the page to a FastAPI app.
"""

from arq import cron
from arq.connections import RedisSettings
from arq.worker import Retry

from arqlight.functions import RetryPolicy, func
from arqlight.models import AbortAnswer, Batch, BatchRef, Event, Job, JobRequest, JobStatus, Outcome, Snapshot
from arqlight.progress import report as report_progress
from arqlight.queue import Queue
from arqlight.version import __version__
from arqlight.worker import Worker

__all__ = [
    "AbortAnswer",
    "Batch",
    "BatchRef",
    "Event",
    "Job",
    "JobRequest",
    "JobStatus",
    "Outcome",
    "Queue",
    "RedisSettings",
    "Retry",
    "RetryPolicy",
    "Snapshot",
    "Worker",
    "__version__",
    "cron",
    "func",
    "report_progress",
]
