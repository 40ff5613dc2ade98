"""Enqueueing many jobs, alone or as a batch, a thousand in each round trip."""

import json
from collections.abc import Sequence

from arq.utils import timestamp_ms

from arqlight.events import START, enqueued_data
from arqlight.models import BatchRef, JobRequest
from arqlight.redis import LightRedis, make_entry, new_id, new_ids
from arqlight.scripts import EnqueueEntry

__all__ = ["Enqueueing"]

# One script call holds the server for as long as it takes to enqueue this many.
_JOBS_PER_CALL = 1000


class Enqueueing:
    """Puts jobs into queues.

    Args:
        redis: the client.
        batch_expiry_ms: for how long a batch can be looked up, in ms.
    """

    def __init__(self, redis: LightRedis, batch_expiry_ms: int) -> None:
        self._redis = redis
        self._batch_expiry_ms = batch_expiry_ms

    async def enqueue_many(self, requests: Sequence[JobRequest], queue_name: str) -> list[str | None]:
        """See `arqlight.Queue.enqueue_many`."""
        ref = await self._enqueue(requests, queue_name, None)
        return ref.job_ids

    async def enqueue_batch(self, requests: Sequence[JobRequest], queue_name: str) -> BatchRef:
        """See `arqlight.Queue.enqueue_batch`."""
        return await self._enqueue(requests, queue_name, new_id())

    async def _enqueue(
        self, requests: Sequence[JobRequest], queue_name: str, batch_id: str | None
    ) -> BatchRef:
        enqueue_ms = timestamp_ms()
        fresh_ids = new_ids(len(requests))
        job_ids = [request.job_id or fresh for request, fresh in zip(requests, fresh_ids, strict=True)]
        entries = self._entries(requests, job_ids, enqueue_ms, batch_id)
        batch_record = _batch_record(queue_name, job_ids) if batch_id else ""
        refused: set[int] = set()
        event_id = START
        for first in range(0, len(entries), _JOBS_PER_CALL):
            reply = await self._redis.scripts.enqueue(
                queue_name,
                entries[first : first + _JOBS_PER_CALL],
                expires_extra_ms=self._redis.expires_extra_ms,
                batch_id=batch_id or "",
                batch_record=batch_record if first == 0 else "",
                batch_expiry_ms=self._batch_expiry_ms,
            )
            refused.update(first + index for index in reply.refused)
            event_id = reply.event_id if reply.event_id != START else event_id
        taken = [None if i in refused else job_id for i, job_id in enumerate(job_ids)]
        return BatchRef(batch_id or "", taken, enqueue_ms, event_id)

    def _entries(
        self, requests: Sequence[JobRequest], job_ids: list[str], enqueue_ms: int, batch_id: str | None
    ) -> list[EnqueueEntry]:
        """What to enqueue; all of it is encoded before any job is enqueued."""
        kinds = {(request.function, request.owner) for request in requests}
        data_of = {kind: enqueued_data(kind[0], batch_id, kind[1]) for kind in kinds}
        serializer = self._redis.job_serializer
        return [
            make_entry(
                request,
                job_id,
                enqueue_ms,
                data_of[request.function, request.owner],
                batch_id=batch_id,
                serializer=serializer,
            )
            for request, job_id in zip(requests, job_ids, strict=True)
        ]


def _batch_record(queue_name: str, job_ids: Sequence[str]) -> str:
    """A batch's record: a job that is named twice is in it once."""
    return json.dumps({"queue": queue_name, "job_ids": list(dict.fromkeys(job_ids))})
