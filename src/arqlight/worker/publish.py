"""What a worker process publishes about itself, for the console and for whoever enqueues by name."""

import contextlib
import os
import re
import resource
import secrets
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from arqlight.models import WorkerInfo
from arqlight.version import __version__

if TYPE_CHECKING:
    from arqlight.worker.worker import Worker

__all__ = ["new_worker_id", "worker_info"]

_MOST_RUNNING = 1_000


def new_worker_id() -> str:
    """An id that tells people where the worker runs: host, process id, a random part. It holds no colon."""
    host = re.sub(r"[^A-Za-z0-9.-]+", "-", socket.gethostname())[:40] or "host"
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"


def worker_info(worker: "Worker") -> WorkerInfo:
    """The worker as it is now."""
    running = list(worker.tasks)
    return WorkerInfo(
        worker_id=worker.worker_id,
        host=socket.gethostname(),
        pid=os.getpid(),
        queue=worker.queue_name,
        start_ms=worker.started_ms,
        seen_ms=worker.server_ms(),
        lease_s=worker.lease_s,
        max_jobs=worker.max_jobs,
        job_timeout_s=float(worker.job_timeout_s or 0),
        max_tries=worker.max_tries,
        functions=worker.function_schemas,
        running=running[:_MOST_RUNNING],
        jobs_running=len(running),
        jobs_complete=worker.jobs_complete,
        jobs_failed=worker.jobs_failed,
        jobs_retried=worker.jobs_retried,
        memory_bytes=_memory_bytes(),
        version=__version__,
    )


def _memory_bytes() -> int:
    """The process's resident memory now; where the system does not tell, the most it ever was."""
    with contextlib.suppress(OSError):  # not Linux, or a process that has no file descriptor left
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
