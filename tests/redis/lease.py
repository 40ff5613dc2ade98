"""Playing a worker's part in the scripts, for tests of each script alone."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from arqlight import Queue, keys
from arqlight.scripts import FinishEntry, RescheduleEntry

__all__ = ["QUEUE", "Held", "Player", "kinds", "log"]

QUEUE = keys.DEFAULT_QUEUE
RESULT = b"a result's record"


@dataclass
class Held:
    """A job that was claimed: what a worker keeps of it."""

    job_id: str
    holder: str
    job_try: int
    lost_by: str = ""


@dataclass
class Player:
    """Calls the scripts as a worker of this id would."""

    queue: Queue
    worker_id: str = "host-1-a"
    lease_ms: int = 60_000
    token: int = field(default=0)

    async def claim(self, limit: int = 10, **options: Any) -> list[Held]:
        """Claim up to so many jobs."""
        self.token += 1
        reply = await self.queue.redis.scripts.claim(
            QUEUE,
            worker_id=self.worker_id,
            token=self.token,
            lease_ms=self.lease_ms,
            limit=limit,
            **options,
        )
        holder = f"{self.worker_id}:{self.token}:{reply.now_ms}"
        return [Held(job.job_id, holder, job.job_try, job.lost_by) for job in reply.jobs]

    async def claim_one(self, job_id: str) -> Held:
        """Claim one job, which has to be there for the taking.

        Plain arq rounds the time at which its jobs are due, so one may be due half a ms from now.
        """
        for _ in range(20):
            for job in await self.claim(1, job_ids=[job_id]):
                return job
            await asyncio.sleep(0.001)
        raise AssertionError(f"{job_id} is not due, or is not free")

    async def finish(
        self,
        *jobs: Held,
        held: bool = True,
        record: bytes = RESULT,
        expiry_ms: int | str = 60_000,
        keep_ms: int = 0,
    ) -> list[str]:
        """Finish jobs as succeeded; the ids of those that are lost."""
        shared = (expiry_ms, keep_ms, "succeeded")
        entries = [FinishEntry(job.job_id, record, "{}", job.holder, job.job_try, *shared) for job in jobs]
        return await self.queue.redis.scripts.finish(QUEUE, entries, held=held)

    async def reschedule(
        self, *jobs: Held, delay_ms: int = 0, released: bool = False, held: bool = True
    ) -> list[str]:
        """Give jobs back; the ids of those that are lost."""
        event = "released" if released else "retrying"
        entries = [
            RescheduleEntry(
                job.job_id, job.holder, job.job_try, delay_ms, int(released), event, '{"job_try":1'
            )
            for job in jobs
        ]
        lost, forgotten = await self.queue.redis.scripts.reschedule(QUEUE, entries, held=held)
        if forgotten:
            known = [entry._replace(record=b"the record") for entry in entries if entry.job_id in forgotten]
            more, _ = await self.queue.redis.scripts.reschedule(QUEUE, known, held=held)
            lost += more
        return lost

    async def beat(self, *jobs: Held, held: bool = True) -> tuple[list[str], list[str]]:
        """A heartbeat: the ids of the jobs that are lost, and of those to abort."""
        reply = await self.queue.redis.scripts.heartbeat(
            QUEUE,
            worker_id=self.worker_id,
            lease_ms=self.lease_ms,
            record="{}",
            record_expiry_ms=60_000,
            held=held,
            jobs=[(job.job_id, job.holder, job.job_try) for job in jobs],
        )
        return reply.lost, reply.to_abort

    async def recover(self, *known: str) -> int:
        """Give back what this worker does not know of; how many jobs that were."""
        return await self.queue.redis.scripts.recover(QUEUE, worker_id=self.worker_id, known=known)

    async def let_lapse(self, job: Held) -> None:
        """What time does to a lease: the key expires, the deadline that is the job's score passes."""
        await self.queue.redis.delete(keys.IN_PROGRESS_PREFIX + job.job_id)
        await self.queue.redis.zadd(QUEUE, {job.job_id: 1})

    async def state(self, job_id: str) -> dict[str, Any]:
        """What Redis holds of a job, but for its record, result and the log."""
        redis = self.queue.redis
        return {
            "holder": _text(await redis.get(keys.IN_PROGRESS_PREFIX + job_id)),
            "tries": _text(await redis.get(keys.RETRY_PREFIX + job_id)),
            "runner": _text(await redis.hget(keys.running(QUEUE), job_id)),  # type: ignore[misc]
            "score": await redis.zscore(QUEUE, job_id),
        }


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


async def log(queue: Queue, job_id: str) -> list[dict[str, Any]]:
    """The events of a job, data merged."""
    events = await queue.events.read("0-0", count=100_000)
    return [{"event": e.event, **json.loads(e.data)} for e in events if e.job_id == job_id]


async def kinds(queue: Queue, job_id: str) -> list[str]:
    """What happened to a job."""
    return [event["event"] for event in await log(queue, job_id)]
