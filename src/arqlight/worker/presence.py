"""What a worker process publishes about itself, for the console and for whoever enqueues by name."""

import contextlib
import os
import re
import secrets
import socket
from collections.abc import Callable
from typing import Any

import psutil

from arqlight import keys
from arqlight.models import CronInfo, WorkerInfo
from arqlight.version import __version__
from arqlight.worker.link import Link
from arqlight.worker.observers import Counts
from arqlight.worker.running import Running

__all__ = ["Presence", "new_worker_id"]

_MOST_RUNNING = 1_000


def new_worker_id() -> str:
    """An id that tells people where the worker runs: host, process id, a random part. It holds no colon."""
    host = re.sub(r"[^A-Za-z0-9.-]+", "-", socket.gethostname())[:40] or "host"
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"


class Presence:
    """The worker as others see it.

    Args:
        link: the way to Redis.
        running: what the worker runs.
        counts: how its tries ended.
        worker_id: its id.
        facts: the fields of `WorkerInfo` that do not change.
        crons: tells of its cron jobs, and when each runs next.
    """

    def __init__(
        self,
        link: Link,
        running: Running,
        counts: Counts,
        *,
        worker_id: str,
        facts: dict[str, Any],
        crons: Callable[[], dict[str, CronInfo]],
    ) -> None:
        self._link = link
        self._running = running
        self._counts = counts
        self._worker_id = worker_id
        self._facts = facts
        self._crons = crons

    def info(self) -> WorkerInfo:
        """The worker as it is now."""
        running = list(self._running.tasks)
        return WorkerInfo(
            worker_id=self._worker_id,
            host=socket.gethostname(),
            pid=os.getpid(),
            queue=self._link.queue_name,
            seen_ms=self._link.server_ms(),
            max_jobs=self._running.max_jobs,
            running=running[:_MOST_RUNNING],
            jobs_running=len(running),
            jobs_complete=self._counts.complete,
            jobs_failed=self._counts.failed,
            jobs_retried=self._counts.retried,
            memory_bytes=_memory_bytes(),
            version=__version__,
            crons=self._crons(),
            **self._facts,
        )

    def record(self) -> str:
        """The same as JSON; empty where the log is off and nothing is published."""
        return self.info().model_dump_json() if self._link.redis.log_cap else ""

    async def withdraw(self, *further_keys: str) -> None:
        """Take the worker's keys out of Redis, and these."""
        redis = self._link.redis
        await redis.delete(keys.worker(self._worker_id), keys.poke(self._worker_id), *further_keys)
        await redis.zrem(keys.WORKERS, self._worker_id)


def _memory_bytes() -> int:
    """The process's resident memory; 0 where the system does not tell, as when no file can be opened."""
    with contextlib.suppress(OSError, psutil.Error):
        return int(psutil.Process().memory_info().rss)
    return 0
