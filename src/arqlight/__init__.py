"""Background jobs for FastAPI that people can watch.

`Queue` enqueues and looks up, `Worker` runs jobs, `arqlight.web.mount` adds the HTTP API, the live stream and
the page to a FastAPI app.

Each name is loaded when it is first used, so that a web process does not load the worker, nor a script that
only enqueues the web part.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from arqlight.version import __version__

if TYPE_CHECKING:
    from arq import cron
    from arq.connections import RedisSettings
    from arq.worker import Retry

    from arqlight.functions import RetryPolicy, func
    from arqlight.models import (
        AbortAnswer,
        Batch,
        BatchRef,
        Event,
        Job,
        JobRequest,
        JobStatus,
        Outcome,
        Snapshot,
    )
    from arqlight.progress import report as report_progress
    from arqlight.queue import Queue
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

# Where each name comes from: the same as above, when it is asked for.
_HOME = {
    "AbortAnswer": ("arqlight.models", "AbortAnswer"),
    "Batch": ("arqlight.models", "Batch"),
    "BatchRef": ("arqlight.models", "BatchRef"),
    "Event": ("arqlight.models", "Event"),
    "Job": ("arqlight.models", "Job"),
    "JobRequest": ("arqlight.models", "JobRequest"),
    "JobStatus": ("arqlight.models", "JobStatus"),
    "Outcome": ("arqlight.models", "Outcome"),
    "Snapshot": ("arqlight.models", "Snapshot"),
    "Queue": ("arqlight.queue", "Queue"),
    "RedisSettings": ("arq.connections", "RedisSettings"),
    "Retry": ("arq.worker", "Retry"),
    "RetryPolicy": ("arqlight.functions", "RetryPolicy"),
    "Worker": ("arqlight.worker", "Worker"),
    "cron": ("arq.cron", "cron"),
    "func": ("arqlight.functions", "func"),
    "report_progress": ("arqlight.progress", "report"),
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOME[name]
    value = globals()[name] = getattr(import_module(module), attribute)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
