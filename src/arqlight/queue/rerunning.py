"""Running jobs again: a complete one under its id, any one as a copy under a new id."""

import asyncio
import hashlib

from arq.utils import timestamp_ms

from arqlight import payload
from arqlight.events import enqueued_data
from arqlight.models import JobRequest, Outcome, RetryAnswer
from arqlight.queue.lookup import HEAD_BYTES, Lookup
from arqlight.redis import LightRedis, make_entry, new_id
from arqlight.scripts import EnqueueEntry, RawState
from arqlight.serializers import closed, inside, opened

__all__ = ["Rerunning"]

# A longer record would take this process seconds to look through.
_MOST_BYTES = 16_777_216
# From here on it takes long enough to be left to a thread.
_SHORT_BYTES = 65_536
# The result may be replaced while it is looked at: then it is looked at again, but not for ever.
_ATTEMPTS = 5


class Rerunning:
    """Makes jobs of what is kept of other ones. Nothing is unpickled.

    Args:
        redis: the client.
        lookup: knows how records are read.
    """

    def __init__(self, redis: LightRedis, lookup: Lookup) -> None:
        self._redis = redis
        self._lookup = lookup

    async def retry(self, job_id: str, queue_name: str | None, default_queue: str) -> RetryAnswer:
        """See `arqlight.Queue.retry`. Without a queue's name the job goes where it was."""
        for _ in range(_ATTEMPTS):
            raw = await self._read(job_id, default_queue)
            if not raw.result_size:
                waits = raw.record_size or raw.score or raw.holder not in (b"", b"done")
                return RetryAnswer.not_finished if waits else RetryAnswer.unknown
            again = await self._again(raw.result, raw.result_size)
            if again is None:
                return RetryAnswer.no_record
            head = raw.result[:HEAD_BYTES]
            answer = await self._redis.scripts.retry(
                queue_name or self._queue_of(head, raw.result_size) or default_queue,
                job_id,
                record=again.record,
                expiry_ms=self._redis.expires_extra_ms,
                result_sha1=_digest(raw),
                result_bytes=HEAD_BYTES,
                data=enqueued_data(again.function, again.batch_id, again.owner, copy_of=job_id),
            )
            if answer != "changed":
                return RetryAnswer(answer)
        return RetryAnswer.not_finished

    async def ask_again(self, request: JobRequest, job_id: str, queue_name: str) -> bool:
        """See `arqlight.Queue.enqueue_again`."""
        for _ in range(_ATTEMPTS):
            raw = await self._read(job_id, queue_name)
            job = (await self._lookup.look_up(job_id, queue_name)).job
            if not raw.result_size or job.outcome in (None, Outcome.succeeded):
                return False
            now_ms = timestamp_ms()
            data = enqueued_data(request.function, None, request.owner)
            entry = make_entry(request, job_id, now_ms, data, serializer=self._redis.job_serializer)
            due_in_ms = max(0, request.due_ms(now_ms) - now_ms)
            answer = await self._redis.scripts.retry(
                queue_name,
                job_id,
                record=entry.record,
                expiry_ms=int(entry.expires or due_in_ms + self._redis.expires_extra_ms),
                result_sha1=_digest(raw),
                result_bytes=HEAD_BYTES,
                data=data,
                due=entry.due,
            )
            if answer != "changed":
                return answer == "enqueued"
        return False

    async def duplicate(self, job_id: str, queue_name: str | None, default_queue: str) -> str | None:
        """See `arqlight.Queue.duplicate`."""
        raw = await self._read(job_id, queue_name or default_queue)
        source, size = (raw.result, raw.result_size) if raw.result_size else (raw.record, raw.record_size)
        again = await self._again(source, size)
        if again is None:
            return None
        its_queue = self._queue_of(source[:HEAD_BYTES], size) if raw.result_size else None
        copy_id = new_id()
        data = enqueued_data(again.function, again.batch_id, again.owner, copy_of=job_id)
        await self._redis.scripts.enqueue(
            queue_name or its_queue or default_queue,
            [EnqueueEntry(copy_id, again.record, "+0", "", data)],
            expires_extra_ms=self._redis.expires_extra_ms,
        )
        return copy_id

    async def _read(self, job_id: str, queue_name: str) -> RawState:
        _, _, (raw,) = await self._redis.scripts.look_up(queue_name, [job_id], most_bytes=_MOST_BYTES)
        return raw

    async def _again(self, record: bytes, size: int) -> payload.Again | None:
        if not record or size > len(record):
            return None
        if size <= _SHORT_BYTES:
            return self._made(record)
        return await asyncio.to_thread(self._made, record)

    def _made(self, record: bytes) -> payload.Again | None:
        write = self._redis.job_serializer
        try:
            again = payload.job_again(
                opened(write, record),
                enqueue_ms=timestamp_ms(),
                serializer=inside(write),
                deserializer=self._lookup.deserializer,
            )
        except ValueError:  # its signature is not good, and what is made of it must not get a good one
            return None
        return again and again._replace(record=closed(write, again.record))

    def _queue_of(self, head: bytes, size: int) -> str | None:
        queue_name = payload.read_record(head, size, self._lookup.deserializer).get("q")
        return queue_name if isinstance(queue_name, str) else None


def _digest(raw: RawState) -> str:
    """What tells a result from the one that may have taken its place."""
    return hashlib.sha1(raw.result[:HEAD_BYTES], usedforsecurity=False).hexdigest()
