"""Reading the event log, for tests."""

import json
from typing import Any

from redis.exceptions import RedisError

from arqlight import Queue
from arqlight.models import FINAL_EVENTS, EventType, Job, WorkerInfo
from tests.helpers import eventually
from tests.processes import WorkerProcess

__all__ = [
    "events",
    "final_events",
    "kinds",
    "published",
    "until_beats",
    "until_complete",
    "until_event",
    "until_gone",
    "until_redis_answers",
]

MOST_EVENTS = 1_000_000
PATIENCE_S = 20.0


async def events(queue: Queue, kind: str | None = None, *, job_id: str | None = None) -> list[dict[str, Any]]:
    """The events in the log, as clients get them: the four fields merged."""
    found = await queue.events.read("0-0", count=MOST_EVENTS)
    return [
        {"event": event.event, "job_id": event.job_id, "queue": event.queue, **json.loads(event.data)}
        for event in found
        if kind in (None, event.event) and job_id in (None, event.job_id)
    ]


async def kinds(queue: Queue, job_id: str) -> list[str]:
    """What happened to a job, in order, but for progress."""
    return [e["event"] for e in await events(queue, job_id=job_id) if e["event"] != EventType.progress]


async def final_events(queue: Queue) -> list[dict[str, Any]]:
    """The events that end jobs."""
    return [event for event in await events(queue) if event["event"] in FINAL_EVENTS]


async def until_event(
    queue: Queue, kind: str, *, job_id: str | None = None, count: int = 1, timeout: float = PATIENCE_S
) -> list[dict[str, Any]]:
    """The events of a kind, once there are so many."""

    async def happened() -> list[dict[str, Any]]:
        found = await events(queue, kind, job_id=job_id)
        assert len(found) >= count, f"{len(found)} of {count} {kind}"
        return found

    return await eventually(happened, timeout)


async def until_complete(queue: Queue, *job_ids: str, timeout: float = PATIENCE_S) -> list[Job]:
    """The jobs, once all are complete."""

    async def are_complete() -> list[Job]:
        jobs, _ = await queue.look_up_many(job_ids)
        waiting = [f"{job.job_id} is {job.status}" for job in jobs if job.status != "complete"]
        assert not waiting, f"{len(waiting)} of {len(jobs)} are not complete: {waiting[:3]}"
        return jobs

    return await eventually(are_complete, timeout)


async def published(queue: Queue, process: WorkerProcess, timeout: float = PATIENCE_S) -> WorkerInfo:
    """What a worker process says of itself, once it does."""

    async def is_there() -> WorkerInfo | None:
        return next((w for w in await queue.workers() if w.pid == process.pid), None)

    return await eventually(is_there, timeout)


async def until_beats(queue: Queue, process: WorkerProcess, count: int, timeout: float = PATIENCE_S) -> None:
    """Wait until a worker has published itself so many times more: three times in each lease."""
    seen: set[int] = set()

    async def has_beaten() -> bool:
        seen.update(w.seen_ms for w in await queue.workers() if w.pid == process.pid)
        return len(seen) > count

    await eventually(has_beaten, timeout)


async def until_gone(queue: Queue, after_ms: int, timeout: float = PATIENCE_S) -> None:
    """Wait until a key that lives so long has expired, by the server's clock."""
    await queue.redis.set("canary", "1", px=after_ms)

    async def is_gone() -> bool:
        return not await queue.redis.exists("canary")

    await eventually(is_gone, timeout)


async def until_redis_answers(queue: Queue) -> None:
    """Wait until this process's own client has got over Redis's having been away."""

    async def answers() -> bool:
        try:
            return bool(await queue.redis.ping())
        except (RedisError, OSError):
            return False

    await eventually(answers, PATIENCE_S)
