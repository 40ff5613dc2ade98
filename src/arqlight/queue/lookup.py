"""Looking up jobs and batches: what Redis holds of them, peeked at, never unpickled."""

import json
from collections.abc import Sequence
from typing import Any

from arqlight import keys, payload
from arqlight.models import Batch, Job, Snapshot
from arqlight.redis import LightRedis
from arqlight.states import batch_from_jobs, job_from_state

__all__ = ["HEAD_BYTES", "Lookup"]

# How much of each record is read to show many; the small facts are at its head.
HEAD_BYTES = 65_536
# How much of a record is read to show it alone, and how much of that is shown.
_WHOLE_BYTES = 1_048_576
_WHOLE = payload.Limits(nodes=50_000, text=262_144, total_text=1_048_576)


class Lookup:
    """Tells what is known of jobs.

    Args:
        redis: the client; its ``job_deserializer`` reads the records, unless it unpickles.
    """

    def __init__(self, redis: LightRedis) -> None:
        self._redis = redis
        # Records that pickle's own loads would read are peeked at instead, which runs nothing.
        deserializer = redis.job_deserializer
        self.deserializer = None if payload.unpickles(deserializer) else deserializer

    async def look_up(self, job_id: str, queue_name: str) -> Snapshot:
        """See `arqlight.Queue.look_up`."""
        jobs, event_id = await self._look_up([job_id], queue_name, _WHOLE_BYTES, _WHOLE)
        return Snapshot(jobs[0], event_id)

    async def look_up_many(self, job_ids: Sequence[str], queue_name: str) -> tuple[list[Job], str]:
        """See `arqlight.Queue.look_up_many`."""
        return await self._look_up(job_ids, queue_name, HEAD_BYTES, payload.LIMITS)

    async def _look_up(
        self, job_ids: Sequence[str], queue_name: str, most_bytes: int, limits: payload.Limits
    ) -> tuple[list[Job], str]:
        scripts = self._redis.scripts
        event_id, now_ms, states = await scripts.look_up(queue_name, job_ids, most_bytes=most_bytes)

        def read(record: bytes, size: int) -> dict[str, Any]:
            return payload.read_record(record, size, self.deserializer, max_bytes=most_bytes, limits=limits)

        jobs = [
            job_from_state(job_id, raw, queue_name=queue_name, now_ms=now_ms, read=read)
            for job_id, raw in zip(job_ids, states, strict=True)
        ]
        return jobs, event_id

    async def batch_job_ids(self, batch_id: str) -> tuple[str, list[str]] | None:
        """See `arqlight.Queue.batch_job_ids`."""
        record = await self._redis.get(keys.batch(batch_id))
        if record is None:
            return None
        batch = json.loads(record)
        return batch["queue"], batch["job_ids"]

    async def look_up_batch(self, batch_id: str) -> Batch | None:
        """See `arqlight.Queue.look_up_batch`."""
        known = await self.batch_job_ids(batch_id)
        if known is None:
            return None
        queue_name, job_ids = known
        jobs, event_id = await self.look_up_many(job_ids, queue_name)
        for job in jobs:
            job.batch_id = batch_id
        return batch_from_jobs(batch_id, jobs, event_id)
