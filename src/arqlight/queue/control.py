"""Control: changing what becomes of jobs that are in Redis already."""

import asyncio
import json

from arq.jobs import Serializer
from arq.utils import timestamp_ms

from arqlight import payload, reading
from arqlight.events import EventLog
from arqlight.models import AbortAnswer, EventType, JobStatus
from arqlight.queue.lookup import HEAD_BYTES, Lookup
from arqlight.redis import LightRedis
from arqlight.serializers import closed, inside, opened

__all__ = ["Control"]

_ABORTED_RESULT_EXPIRY_MS = 3_600_000
_FIRST_LOOK_S = 0.005
_MOST_BETWEEN_LOOKS_S = 0.05
_ALL_BYTES = 1 << 62


class Control:
    """Aborts jobs.

    Args:
        redis: the client.
        lookup: tells what became of a job that was told to stop.
        events: the event log, which tells it of a job whose result is not kept.
    """

    def __init__(self, redis: LightRedis, lookup: Lookup, events: EventLog) -> None:
        self._redis = redis
        self._lookup = lookup
        self._events = events

    async def abort(self, job_id: str, queue_name: str, *, wait: float) -> AbortAnswer:
        """See `arqlight.Queue.abort`."""
        answer, asked_at = await self._abort_now(job_id, queue_name)
        if answer is not AbortAnswer.requested:
            return answer
        deadline = asyncio.get_running_loop().time() + wait
        delay = _FIRST_LOOK_S
        while asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(delay)
            delay = min(delay * 2, _MOST_BETWEEN_LOOKS_S)
            job = (await self._lookup.look_up(job_id, queue_name)).job
            if job.status == JobStatus.complete:
                return AbortAnswer.aborted if job.outcome == "aborted" else AbortAnswer.finished
            if job.status == JobStatus.not_found:
                return await self._unkept_answer(job_id, asked_at)
            if job.status != JobStatus.in_progress:
                # Its try ended otherwise and it waits for the next one: abort that.
                answer, _ = await self._abort_now(job_id, queue_name)
                if answer is not AbortAnswer.requested:
                    return answer
        return AbortAnswer.requested

    async def _unkept_answer(self, job_id: str, after: str) -> AbortAnswer:
        """How a job ended whose result is not kept, as the log tells."""
        while events := await self._events.read(after):
            for event in events:
                if event.job_id == job_id and event.event == EventType.aborted:
                    return AbortAnswer.aborted
            after = events[-1].id
        return AbortAnswer.finished

    async def _abort_now(self, job_id: str, queue_name: str) -> tuple[AbortAnswer, str]:
        """The answer so far, and the log's last event before it."""
        scripts = self._redis.scripts
        event_id, _, (raw,) = await scripts.look_up(queue_name, [job_id], most_bytes=_ALL_BYTES)
        finish_ms = timestamp_ms()
        tries = reading.count(raw.job_try or b"0")
        job_try = tries if isinstance(tries, int) else 0
        deserializer = self._lookup.deserializer
        head = payload.read_record(raw.record[:HEAD_BYTES], raw.record_size, deserializer)
        function = head.get("f")
        write = self._redis.job_serializer
        record = payload.aborted_result(
            _opened(write, raw.record),
            job_id=job_id,
            queue_name=queue_name,
            job_try=job_try,
            finish_ms=finish_ms,
            serializer=inside(write),
            deserializer=deserializer,
        )
        data = json.dumps({"job_try": job_try, "function": function if isinstance(function, str) else None})
        answer = await scripts.abort(
            queue_name,
            job_id,
            record=closed(write, record),
            expiry_ms=_ABORTED_RESULT_EXPIRY_MS,
            data=data[:-1],
        )
        return AbortAnswer(answer), event_id


def _opened(write: Serializer | None, record: bytes) -> bytes:
    """A job's record without its signature; nothing where that is not good: no good one is made of it."""
    try:
        return opened(write, record)
    except ValueError:
        return b""
