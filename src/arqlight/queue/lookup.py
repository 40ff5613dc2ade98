"""Looking up jobs and batches: what Redis holds of them, peeked at, never unpickled."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from arq.jobs import Deserializer

from arqlight import keys, payload
from arqlight.logs import get_logger
from arqlight.models import Batch, Job, Snapshot
from arqlight.reading import MOST_BATCH, Unreadable, batch_record, fetch
from arqlight.redis import LightRedis
from arqlight.scripts import RawState
from arqlight.serializers import to_read
from arqlight.states import batch_from_jobs, job_from_state

__all__ = ["HEAD_BYTES", "Lookup"]

logger = get_logger("arqlight.queue")

# How much of each record is read to show many; the small facts are at its head.
HEAD_BYTES = 65_536
# How much of a record is read to show it alone, and how much of that is shown.
_WHOLE_BYTES = 1_048_576
_WHOLE = payload.Limits(nodes=50_000, text=262_144, total_text=1_048_576, steps=1_048_576)
# The same for who asks for all there is of one.
_ALL_BYTES = 16 << 20
_ALL = payload.Limits(nodes=500_000, text=_ALL_BYTES, total_text=_ALL_BYTES, steps=4 << 20)
# What is read of all records of an answer, and of each of the rest once that is used up.
_ANSWER_BYTES = 16 << 20
_FACT_BYTES = 2_048
# Records of one round trip.
_JOBS_PER_CALL = 250
_OMITTED = "there is too much in this answer; ask for the job alone"


class Lookup:
    """Tells what is known of jobs.

    Args:
        redis: the client; its ``job_deserializer`` reads the records, if it is safe.
    """

    def __init__(self, redis: LightRedis) -> None:
        self._redis = redis

    @property
    def deserializer(self) -> Deserializer | None:
        """What reads records: nothing that runs what they say."""
        return to_read(self._redis.job_deserializer)

    async def look_up(self, job_id: str, queue_name: str, *, whole: bool = False) -> Snapshot:
        """See `arqlight.Queue.look_up`."""
        scripts = self._redis.scripts
        most, limits = (_ALL_BYTES, _ALL) if whole else (_WHOLE_BYTES, _WHOLE)
        event_id, now_ms, (raw,) = await scripts.look_up(queue_name, [job_id], most_bytes=most)

        def read(record: bytes, size: int) -> dict[str, Any]:
            return payload.read_record(record, size, self.deserializer, max_bytes=most, limits=limits)

        def job() -> Job:
            return job_from_state(job_id, raw, queue_name=queue_name, now_ms=now_ms, read=read)

        return Snapshot(await payload.read_aside(job, _size(raw)), event_id)

    async def look_up_many(self, job_ids: Sequence[str], queue_name: str) -> tuple[list[Job], str]:
        """See `arqlight.Queue.look_up_many`."""
        ids = list(dict.fromkeys(job_ids))
        answer = _Answer(queue_name, self.deserializer)
        for first in range(0, len(ids) or 1, _JOBS_PER_CALL):
            call = ids[first : first + _JOBS_PER_CALL]
            most = answer.most_bytes(len(call))
            reply = await self._redis.scripts.look_up(queue_name, call, most_bytes=most)
            size = sum(map(_size, reply[2]))
            await payload.read_aside(partial(answer.add, call, *reply, most), size)
            answer.bytes_left -= size
        return answer.jobs, answer.event_id

    async def batch_job_ids(self, batch_id: str) -> tuple[str, list[str]] | None:
        """See `arqlight.Queue.batch_job_ids`."""
        fetched = await fetch(self._redis, keys.batch(batch_id), MOST_BATCH)
        record = batch_record(fetched) if isinstance(fetched, bytes) else fetched
        if isinstance(record, Unreadable):
            logger.warning("the record of batch %.60r is unreadable: %s", batch_id, record.why)
            return None
        return record

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


class _Answer:
    """The jobs of one answer. Once there is too much in it, only the facts of the rest are read."""

    def __init__(self, queue_name: str, deserializer: Deserializer | None) -> None:
        self.jobs: list[Job] = []
        # The first call's: what later ones know is later, so whoever streams from it misses nothing.
        self.event_id = ""
        self.bytes_left = _ANSWER_BYTES
        self._queue_name = queue_name
        self._deserializer = deserializer
        self._budget = payload.Budget()

    def most_bytes(self, count: int) -> int:
        """How much to read of each of the next records."""
        return min(HEAD_BYTES, max(_FACT_BYTES, self.bytes_left // max(1, count)))

    def add(
        self, job_ids: Sequence[str], event_id: str, now_ms: int, states: Sequence[RawState], most_bytes: int
    ) -> None:
        """Read the next jobs."""
        self.event_id = self.event_id or event_id
        for job_id, raw in zip(job_ids, states, strict=True):
            omits = self._budget.is_spent
            read = partial(self._facts if omits else self._record, most_bytes)
            job = job_from_state(job_id, raw, queue_name=self._queue_name, now_ms=now_ms, read=read)
            if omits and _size(raw):
                job.args, job.kwargs, job.result, job.omitted = [], {}, None, _OMITTED
            self.jobs.append(job)

    def _record(self, most_bytes: int, record: bytes, size: int) -> dict[str, Any]:
        return payload.read_record(
            record, size, self._deserializer, max_bytes=most_bytes, budget=self._budget
        )

    def _facts(self, most_bytes: int, record: bytes, size: int) -> dict[str, Any]:
        return payload.read_facts(record, size, self._deserializer, max_bytes=most_bytes)


def _size(raw: RawState) -> int:
    return len(raw.result) + len(raw.record)
