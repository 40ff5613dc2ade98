"""The client: enqueue jobs, look them up, abort them. Used by web processes and by anyone's own code."""

import asyncio
import json
from collections.abc import Generator, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from arq.connections import RedisSettings
from arq.constants import expires_extra_ms as default_expires_extra_ms
from arq.jobs import Deserializer, Serializer
from arq.jobs import Job as ArqJob
from arq.utils import timestamp_ms

from arqlight import keys, payload
from arqlight.events import EventLog, enqueued_data
from arqlight.models import (
    AbortAnswer,
    Batch,
    BatchRef,
    EventType,
    Job,
    JobRequest,
    JobStatus,
    Snapshot,
    WorkerInfo,
)
from arqlight.redis import (
    DEFAULT_LOG_CAP,
    LightRedis,
    due,
    expiry,
    new_id,
    new_ids,
    open_redis,
    redis_settings,
)
from arqlight.scripts import EnqueueEntry, Scripts
from arqlight.states import batch_from_jobs, job_from_state

__all__ = ["Queue"]

# One script call holds the server for as long as it takes to enqueue this many.
_JOBS_PER_CALL = 1000
# How much of each record is read to show many; the small facts are at its head.
_HEAD_BYTES = 65_536
# How much of a record is read to show it alone, and how much of that is shown.
_WHOLE_BYTES = 1_048_576
_WHOLE = payload.Limits(nodes=50_000, text=262_144, total_text=1_048_576)
_ABORTED_RESULT_EXPIRY_MS = 3_600_000


class _Connecting:
    """What `Queue.connect` returns: await it, or enter it with ``async with``."""

    def __init__(self, queue: "Queue") -> None:
        self._queue = queue

    def __await__(self) -> Generator[Any, None, "Queue"]:
        return self._ready().__await__()

    async def _ready(self) -> "Queue":
        return self._queue

    async def __aenter__(self) -> "Queue":
        return self._queue

    async def __aexit__(self, *_: object) -> None:
        await self._queue.aclose()


class Queue:
    """A queue of jobs in Redis. Make one for each process, in the application's lifespan.

    It connects when it is first used and again after Redis was away, so an application starts without Redis.

    Args:
        redis: the client to use.
        queue_name: where jobs go unless a call says otherwise; arq's ``queue_name``.
        batch_expiry_ms: for how long a batch can be looked up, in ms.
    """

    def __init__(
        self,
        redis: LightRedis,
        *,
        queue_name: str = keys.DEFAULT_QUEUE,
        batch_expiry_ms: int = default_expires_extra_ms,
    ) -> None:
        self.redis = redis
        self.queue_name = queue_name
        self.batch_expiry_ms = batch_expiry_ms
        self.events = EventLog(redis)
        # Records that pickle's own loads would read are peeked at instead, which runs nothing.
        deserializer = redis.job_deserializer
        self._deserializer = None if payload.unpickles(deserializer) else deserializer

    @classmethod
    def connect(
        cls,
        redis: RedisSettings | str | None = None,
        *,
        queue_name: str = keys.DEFAULT_QUEUE,
        job_serializer: Serializer | None = None,
        job_deserializer: Deserializer | None = None,
        expires_extra_ms: int = default_expires_extra_ms,
        log_cap: int = DEFAULT_LOG_CAP,
    ) -> _Connecting:
        """A queue on the Redis at ``redis``: settings, a URL, or by default the URL in ``REDIS_URL``.

        Args:
            redis: arq's ``RedisSettings`` or a URL such as ``redis://localhost:6379/0``.
            queue_name: where jobs go unless a call says otherwise.
            job_serializer: arq's, when the workers use their own; pickle by default.
            job_deserializer: the counterpart, called on what this process shows: it must run nothing that a
                record says. pickle's own is not called: pickled records are peeked at.
            expires_extra_ms: for how long a job may wait before it expires, in ms; arq's setting.
            log_cap: about how many events the event log keeps; 0 turns it off.

        Raises:
            ValueError: the URL is not one of Redis.
        """
        client = open_redis(
            redis_settings(redis),
            job_serializer=job_serializer,
            job_deserializer=job_deserializer,
            default_queue_name=queue_name,
            expires_extra_ms=expires_extra_ms,
        )
        client.log_cap = log_cap
        return _Connecting(cls(client, queue_name=queue_name))

    async def aclose(self) -> None:
        """Close the connections."""
        await self.redis.aclose(close_connection_pool=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def _scripts(self) -> Scripts:
        return self.redis.scripts

    # -- enqueue

    async def enqueue(
        self,
        function: str,
        *args: Any,
        _job_id: str | None = None,
        _queue_name: str | None = None,
        _defer_until: datetime | None = None,
        _defer_by: float | timedelta | None = None,
        _expires: float | timedelta | None = None,
        _job_try: int | None = None,
        **kwargs: Any,
    ) -> ArqJob | None:
        """Enqueue a job: arq's ``enqueue_job``, its arguments and its answer.

        Returns:
            arq's ``Job``, or None when a job of that id exists already.

        Raises:
            RuntimeError: both ``_defer_until`` and ``_defer_by`` are given.
            arq.jobs.SerializationError: the arguments cannot be stored.
        """
        return await self.redis.enqueue_job(
            function,
            *args,
            _job_id=_job_id,
            _queue_name=_queue_name or self.queue_name,
            _defer_until=_defer_until,
            _defer_by=_defer_by,
            _expires=_expires,
            _job_try=_job_try,
            **kwargs,
        )

    async def enqueue_many(
        self, requests: Sequence[JobRequest], *, queue_name: str | None = None
    ) -> list[str | None]:
        """Enqueue many jobs, a thousand in each round trip.

        Returns:
            The job ids in the order of the requests, None for each whose id was taken.

        Raises:
            arq.jobs.SerializationError: some arguments cannot be stored; then nothing is enqueued.
        """
        ref = await self._enqueue(requests, queue_name or self.queue_name, None)
        return ref.job_ids

    async def enqueue_batch(
        self, requests: Sequence[JobRequest], *, queue_name: str | None = None
    ) -> BatchRef:
        """Enqueue jobs that are watched as one, a thousand in each round trip.

        Returns:
            The batch's id, and the job ids in the order of the requests, None for each whose id was taken.

        Raises:
            arq.jobs.SerializationError: some arguments cannot be stored; then nothing is enqueued.
        """
        return await self._enqueue(requests, queue_name or self.queue_name, new_id())

    async def _enqueue(
        self, requests: Sequence[JobRequest], queue_name: str, batch_id: str | None
    ) -> BatchRef:
        enqueue_ms = timestamp_ms()
        fresh_ids = new_ids(len(requests))
        job_ids = [request.job_id or fresh for request, fresh in zip(requests, fresh_ids, strict=True)]
        entries = self._entries(requests, job_ids, enqueue_ms, batch_id)
        batch_record = json.dumps({"queue": queue_name, "job_ids": job_ids}) if batch_id else ""
        refused: set[int] = set()
        event_id = "0-0"
        for first in range(0, len(entries), _JOBS_PER_CALL):
            reply = await self._scripts.enqueue(
                queue_name,
                entries[first : first + _JOBS_PER_CALL],
                expires_extra_ms=self.redis.expires_extra_ms,
                batch_id=batch_id or "",
                batch_record=batch_record if first == 0 else "",
                batch_expiry_ms=self.batch_expiry_ms,
            )
            refused.update(first + index for index in reply.refused)
            event_id = reply.event_id if reply.event_id != "0-0" else event_id
        taken = [None if i in refused else job_id for i, job_id in enumerate(job_ids)]
        return BatchRef(batch_id or "", taken, enqueue_ms, event_id)

    def _entries(
        self, requests: Sequence[JobRequest], job_ids: list[str], enqueue_ms: int, batch_id: str | None
    ) -> list[EnqueueEntry]:
        """What to enqueue; all of it is encoded before any job is enqueued."""
        data_of: dict[str, str] = {}
        entries: list[EnqueueEntry] = []
        serializer = self.redis.job_serializer
        for request, job_id in zip(requests, job_ids, strict=True):
            function, args, kwargs = request.function, request.args, request.kwargs
            data = data_of.get(function)
            if data is None:
                data = data_of[function] = enqueued_data(function, batch_id)
            record = payload.encode_job(
                function,
                args,
                kwargs,
                request.job_try,
                enqueue_ms,
                batch_id=batch_id,
                serializer=serializer,
            )
            when = due(request.defer_until, request.defer_by)
            entries.append(EnqueueEntry(job_id, record, when, expiry(request.expires), data))
        return entries

    # -- look up

    async def look_up(self, job_id: str, *, queue_name: str | None = None) -> Snapshot:
        """What is known of a job, and the event at which it is true. An unknown job has status not_found."""
        jobs, event_id = await self._look_up([job_id], queue_name, _WHOLE_BYTES, _WHOLE)
        return Snapshot(jobs[0], event_id)

    async def look_up_many(
        self, job_ids: Sequence[str], *, queue_name: str | None = None
    ) -> tuple[list[Job], str]:
        """What is known of each job, in one round trip, and the event at which all of it is true.

        Arguments and results are cut sooner than by `look_up`.
        """
        return await self._look_up(job_ids, queue_name, _HEAD_BYTES, payload.LIMITS)

    async def _look_up(
        self, job_ids: Sequence[str], queue_name: str | None, most_bytes: int, limits: payload.Limits
    ) -> tuple[list[Job], str]:
        queue_name = queue_name or self.queue_name
        event_id, now_ms, states = await self._scripts.look_up(queue_name, job_ids, most_bytes=most_bytes)

        def read(record: bytes, size: int) -> dict[str, Any]:
            return payload.read_record(record, size, self._deserializer, max_bytes=most_bytes, limits=limits)

        jobs = [
            job_from_state(job_id, raw, queue_name=queue_name, now_ms=now_ms, read=read)
            for job_id, raw in zip(job_ids, states, strict=True)
        ]
        return jobs, event_id

    async def batch_job_ids(self, batch_id: str) -> tuple[str, list[str]] | None:
        """The queue and the job ids of a batch, None for an unknown one."""
        record = await self.redis.get(keys.batch(batch_id))
        if record is None:
            return None
        batch = json.loads(record)
        return batch["queue"], batch["job_ids"]

    async def look_up_batch(self, batch_id: str) -> Batch | None:
        """A batch and all of its jobs, and the event at which it is true; None for an unknown one."""
        known = await self.batch_job_ids(batch_id)
        if known is None:
            return None
        queue_name, job_ids = known
        jobs, event_id = await self.look_up_many(job_ids, queue_name=queue_name)
        for job in jobs:
            job.batch_id = batch_id
        return batch_from_jobs(batch_id, jobs, event_id)

    # -- act

    async def abort(self, job_id: str, *, wait: float = 1.0, queue_name: str | None = None) -> AbortAnswer:
        """Abort a job, whether it waits or runs. No setting of the worker is needed.

        Args:
            job_id: which job.
            wait: for how many seconds to wait for a running job to stop.
            queue_name: the job's queue, if it is not this one's.

        Returns:
            ``aborted``, ``finished`` (it was complete already, or ended by itself first), ``unknown``, or
            ``requested``: it runs, was told to stop, and had not stopped when the wait was over.
        """
        queue_name = queue_name or self.queue_name
        answer, asked_at = await self._abort_now(job_id, queue_name)
        if answer is not AbortAnswer.requested:
            return answer
        deadline = asyncio.get_running_loop().time() + wait
        delay = 0.005
        while asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(delay)
            delay = min(delay * 2, 0.05)
            job = (await self.look_up(job_id, queue_name=queue_name)).job
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
        while events := await self.events.read(after):
            for event in events:
                if event.job_id == job_id and event.event == EventType.aborted:
                    return AbortAnswer.aborted
            after = events[-1].id
        return AbortAnswer.finished

    async def _abort_now(self, job_id: str, queue_name: str) -> tuple[AbortAnswer, str]:
        """The answer so far, and the log's last event before it."""
        event_id, _, (raw,) = await self._scripts.look_up(queue_name, [job_id], most_bytes=1 << 62)
        finish_ms = timestamp_ms()
        job_try = int(raw.job_try or 0)
        head = payload.read_record(raw.record[:_HEAD_BYTES], raw.record_size, self._deserializer)
        function = head.get("f")
        record = payload.aborted_result(
            raw.record,
            job_id=job_id,
            queue_name=queue_name,
            job_try=job_try,
            finish_ms=finish_ms,
            serializer=self.redis.job_serializer,
            deserializer=self._deserializer,
        )
        data = json.dumps({"job_try": job_try, "function": function if isinstance(function, str) else None})
        answer = await self._scripts.abort(
            queue_name, job_id, record=record, expiry_ms=_ABORTED_RESULT_EXPIRY_MS, data=data[:-1]
        )
        return AbortAnswer(answer), event_id

    # -- workers

    async def workers(self, *, queue_name: str | None = None) -> list[WorkerInfo]:
        """The arqlight workers that are up, of one queue or of all. Plain arq workers are not told of."""
        worker_ids = await self.redis.zrange(keys.WORKERS, 0, -1)
        if not worker_ids:
            return []
        records = await self.redis.mget([keys.worker(worker_id.decode()) for worker_id in worker_ids])
        found = (WorkerInfo.model_validate_json(record) for record in records if record)
        return [worker for worker in found if queue_name in (None, worker.queue)]

    async def functions(self, *, queue_name: str | None = None) -> set[str] | None:
        """The functions that live arqlight workers of the queue have registered.

        Returns:
            None when no arqlight worker of the queue is up, so that it cannot be told.
        """
        workers = await self.workers(queue_name=queue_name or self.queue_name)
        return {name for worker in workers for name in worker.functions} if workers else None
