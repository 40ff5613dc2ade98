"""`Queue`, the client: one facade for enqueueing, looking up and control."""

from collections.abc import Generator, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Literal, Self, overload

from arq.connections import RedisSettings
from arq.constants import expires_extra_ms as default_expires_extra_ms
from arq.jobs import Deserializer, Serializer
from arq.jobs import Job as ArqJob

from arqlight import keys
from arqlight.events import EventLog
from arqlight.models import (
    AbortAnswer,
    Batch,
    BatchRef,
    DeleteAnswer,
    DrainAnswer,
    Job,
    JobRequest,
    RetryAnswer,
    RunNowAnswer,
    Snapshot,
    WorkerInfo,
)
from arqlight.queue.control import Control
from arqlight.queue.depths import Depths, QueueDepth
from arqlight.queue.enqueueing import Enqueueing
from arqlight.queue.lookup import Lookup
from arqlight.queue.many import at_once
from arqlight.queue.rerunning import Rerunning
from arqlight.queue.steering import Steering
from arqlight.queue.switches import Switches
from arqlight.queue.workers import Workers
from arqlight.redis import DEFAULT_LOG_CAP, LightRedis, open_redis
from arqlight.serializers import Serializer as RecordSerializer
from arqlight.serializers import chosen

__all__ = ["Queue"]


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
        self.events = EventLog(redis)
        self._enqueueing = Enqueueing(redis, batch_expiry_ms)
        self._lookup = Lookup(redis)
        self._control = Control(redis, self._lookup, self.events)
        self._workers = Workers(redis)
        self._rerunning = Rerunning(redis, self._lookup)
        self._steering = Steering(redis)
        self._switches = Switches(redis, self._workers)
        self._depths = Depths(redis)

    @classmethod
    def connect(
        cls,
        redis: RedisSettings | str | None = None,
        *,
        queue_name: str = keys.DEFAULT_QUEUE,
        serializer: RecordSerializer | str | None = None,
        job_serializer: Serializer | None = None,
        job_deserializer: Deserializer | None = None,
        expires_extra_ms: int = default_expires_extra_ms,
        log_cap: int = DEFAULT_LOG_CAP,
    ) -> _Connecting:
        """A queue on the Redis at ``redis``: settings, a URL, or by default the URL in ``REDIS_URL``.

        Args:
            redis: arq's ``RedisSettings`` or a URL such as ``redis://localhost:6379/0``.
            queue_name: where jobs go unless a call says otherwise.
            serializer: how records are written and read: ``"json"``, ``"msgpack"``, a `Signed`, a `Json` with
                types of yours; as the workers' setting of that name. By default pickle, as in arq.
            job_serializer: arq's, in place of ``serializer``.
            job_deserializer: the counterpart. It is not called on what is shown, which may be anyone's,
                unless it is wrapped in `Trusted`. Pickled records are peeked at.
            expires_extra_ms: for how long a job may wait before it expires, in ms; arq's setting.
            log_cap: about how many events the event log keeps; 0 turns it off.

        Raises:
            ValueError: the URL is not one of Redis, or there is no such serializer.
        """
        job_serializer, job_deserializer = chosen(serializer, job_serializer, job_deserializer)
        client = open_redis(
            redis,
            log_cap=log_cap,
            job_serializer=job_serializer,
            job_deserializer=job_deserializer,
            default_queue_name=queue_name,
            expires_extra_ms=expires_extra_ms,
        )
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

    # -- enqueue

    @overload
    async def enqueue(
        self,
        function: str,
        *args: Any,
        _job_id: Literal[""] | None = None,
        _queue_name: str | None = None,
        _defer_until: datetime | None = None,
        _defer_by: float | timedelta | None = None,
        _expires: float | timedelta | None = None,
        _job_try: int | None = None,
        _owner: str | None = None,
        **kwargs: Any,
    ) -> ArqJob: ...
    @overload
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
        _owner: str | None = None,
        **kwargs: Any,
    ) -> ArqJob | None: ...
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
        _owner: str | None = None,
        **kwargs: Any,
    ) -> ArqJob | None:
        """Enqueue a job: arq's ``enqueue_job``, its arguments and its answer.

        ``_owner`` is ours: whose the job is. Who may watch only their own jobs sees it by that name.

        Returns:
            arq's ``Job``, or None when a job of the id that you named exists already.

        Raises:
            TypeError, ValueError: an option is not what it has to be.
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
            _owner=_owner,
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
        return await self._enqueueing.enqueue_many(requests, queue_name or self.queue_name)

    async def enqueue_batch(
        self, requests: Sequence[JobRequest], *, queue_name: str | None = None
    ) -> BatchRef:
        """Enqueue jobs that are watched as one, a thousand in each round trip.

        Returns:
            The batch's id, and the job ids in the order of the requests, None for each whose id was taken.

        Raises:
            arq.jobs.SerializationError: some arguments cannot be stored; then nothing is enqueued.
        """
        return await self._enqueueing.enqueue_batch(requests, queue_name or self.queue_name)

    # -- look up

    async def look_up(self, job_id: str, *, queue_name: str | None = None, whole: bool = False) -> Snapshot:
        """What is known of a job, and the event at which it is true. An unknown job has status not_found.

        Args:
            job_id: which job.
            queue_name: the job's queue, if it is not this one's.
            whole: whether to read up to 16 MB of its arguments or result, in place of 1 MB.
        """
        return await self._lookup.look_up(job_id, queue_name or self.queue_name, whole=whole)

    async def look_up_many(
        self, job_ids: Sequence[str], *, queue_name: str | None = None
    ) -> tuple[list[Job], str]:
        """What is known of each job, each of them once, and the event at which all of it is true.

        Arguments and results are cut sooner than by `look_up`, and left out once there are too many of them;
        then the job's ``omitted`` says so.
        """
        return await self._lookup.look_up_many(job_ids, queue_name or self.queue_name)

    async def batch_job_ids(self, batch_id: str) -> tuple[str, list[str]] | None:
        """The queue and the job ids of a batch, None for an unknown one."""
        return await self._lookup.batch_job_ids(batch_id)

    async def look_up_batch(self, batch_id: str) -> Batch | None:
        """A batch and all of its jobs, and the event at which it is true; None for an unknown one."""
        return await self._lookup.look_up_batch(batch_id)

    # -- control

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
        return await self._control.abort(job_id, queue_name or self.queue_name, wait=wait)

    async def abort_many(
        self, job_ids: Sequence[str], *, wait: float = 1.0, queue_name: str | None = None
    ) -> list[AbortAnswer]:
        """Abort jobs, several at once; an answer for each, as `abort` gives it."""
        return await at_once(lambda job_id: self.abort(job_id, wait=wait, queue_name=queue_name), job_ids)

    async def enqueue_again(self, request: JobRequest, *, queue_name: str | None = None) -> bool:
        """Enqueue a job under the id of one that came to nothing: that failed, was aborted or expired.

        `enqueue` refuses it as long as that one's result is kept, as arq does; the result is gone with this.

        Args:
            request: what to run; it names the id.
            queue_name: where it goes; by default this queue.

        Returns:
            whether it is enqueued: not where no job of that id is kept, or it waits, runs or has succeeded.

        Raises:
            ValueError: the request names no id.
        """
        if request.job_id is None:
            raise ValueError("the request names no job_id; enqueue it")
        return await self._rerunning.ask_again(request, request.job_id, queue_name or self.queue_name)

    async def retry(self, job_id: str, *, queue_name: str | None = None) -> RetryAnswer:
        """Run a complete job again: same id, function and arguments, its tries counted from the start.

        Its result is gone with that. What is kept of the job is neither unpickled nor changed.

        Args:
            job_id: which job.
            queue_name: where it goes, if not where it was.

        Returns:
            ``enqueued``, ``not_finished`` (it waits or runs), ``unknown``, or ``no_record``: what is left
            does not tell its function and arguments, or is longer than 16 MB.
        """
        return await self._rerunning.retry(job_id, queue_name, self.queue_name)

    async def retry_many(self, job_ids: Sequence[str], *, queue_name: str | None = None) -> list[RetryAnswer]:
        """Run complete jobs again, several at once; an answer for each, as `retry` gives it."""
        return await at_once(lambda job_id: self.retry(job_id, queue_name=queue_name), job_ids)

    async def duplicate(self, job_id: str, *, queue_name: str | None = None) -> str | None:
        """Enqueue a new job with the function and the arguments of another one, whatever became of that.

        Args:
            job_id: the job to copy.
            queue_name: where the new one goes, if not where that was; also where to look for one that waits.

        Returns:
            the new job's id, or None when the job is unknown or what is left of it does not tell enough.
        """
        return await self._rerunning.duplicate(job_id, queue_name, self.queue_name)

    async def run_now(self, job_id: str, *, queue_name: str | None = None) -> RunNowAnswer:
        """Make a job due that is deferred, or waits for its next try.

        Returns:
            ``due_now`` (also if it was due), ``running``, ``finished`` or ``unknown``.
        """
        return (await self.run_now_many([job_id], queue_name=queue_name))[0]

    async def run_now_many(
        self, job_ids: Sequence[str], *, queue_name: str | None = None
    ) -> list[RunNowAnswer]:
        """Make jobs due, 500 in each round trip; an answer for each, as `run_now` gives it."""
        return await self._steering.run_now(job_ids, queue_name or self.queue_name)

    async def delete(self, job_id: str, *, queue_name: str | None = None) -> DeleteAnswer:
        """Delete a job that waits or is complete, with its result and all else that is kept of it.

        Returns:
            ``deleted``, ``running`` (then nothing is deleted: abort it first), or ``unknown``.
        """
        return (await self.delete_many([job_id], queue_name=queue_name))[0]

    async def delete_many(
        self, job_ids: Sequence[str], *, queue_name: str | None = None
    ) -> list[DeleteAnswer]:
        """Delete jobs, 500 in each round trip; an answer for each, as `delete` gives it."""
        return await self._steering.delete(job_ids, queue_name or self.queue_name)

    async def empty(self, queue_name: str | None = None) -> int:
        """Delete all jobs of a queue that wait, 500 in each round trip. Those that run are left alone.

        Returns:
            how many were deleted. What is enqueued meanwhile may be left.
        """
        return await self._steering.empty(queue_name or self.queue_name)

    async def pause(self, queue_name: str | None = None) -> bool:
        """Have arqlight's workers claim nothing more of a queue until it is resumed. What runs runs on.

        Plain arq's workers do not obey.

        Returns:
            whether that changed anything.
        """
        return await self._switches.pause(queue_name or self.queue_name)

    async def resume(self, queue_name: str | None = None) -> bool:
        """Resume a queue that was paused, and wake its workers.

        Returns:
            whether that changed anything.
        """
        return await self._switches.resume(queue_name or self.queue_name)

    async def paused_since(self, queue_name: str | None = None) -> int | None:
        """Since when a queue is paused, in Unix milliseconds; None when it is not."""
        return await self._switches.paused_since(queue_name or self.queue_name)

    async def drain_worker(self, worker_id: str) -> DrainAnswer:
        """Have one worker claim nothing more. What it runs runs on; `workers` tells that it is draining.

        Returns:
            ``draining``, ``unchanged`` (it was), or ``unknown``: no such worker is up.
        """
        return await self._switches.drain_worker(worker_id)

    async def undrain_worker(self, worker_id: str) -> DrainAnswer:
        """Let a worker that was drained claim again.

        Returns:
            ``undrained``, ``unchanged`` (it was not draining), or ``unknown``: no such worker is up.
        """
        return await self._switches.undrain_worker(worker_id)

    async def switch_cron(self, name: str, *, on: bool, queue_name: str | None = None) -> bool:
        """Switch a cron job off, or on again, for all workers of a queue.

        That is for cron jobs that are ``unique``, as they are by default. A slot that waits already runs.

        Args:
            name: the cron job's name, ``cron:…``.
            on: whether it is to run.
            queue_name: the queue, if it is not this one.

        Returns:
            whether that changed anything.

        Raises:
            ValueError: a thousand are off already.
        """
        return await self._switches.switch_cron(name, queue_name or self.queue_name, on=on)

    async def crons_off(self, queue_name: str | None = None) -> set[str]:
        """The names of a queue's cron jobs that are switched off."""
        return await self._switches.crons_off(queue_name or self.queue_name)

    async def depths(self, queue_names: Sequence[str]) -> list[QueueDepth]:
        """How deep queues are at this moment, in two round trips for all of them."""
        return await self._depths.of(queue_names)

    async def is_queue(self, queue_name: str) -> bool:
        """Whether Redis tells that a name is a queue's, and not that of anything else that it holds.

        It is this one's own, an arqlight or plain arq worker serves it, a worker has ended a job of it, or it
        was paused.
        """
        return queue_name == self.queue_name or await self._workers.is_queue(queue_name)

    # -- workers

    async def workers(self, *, queue_name: str | None = None) -> list[WorkerInfo]:
        """The arqlight workers that are up, of one queue or of all. Plain arq workers are not told of."""
        return await self._workers.workers(queue_name)

    async def functions(self, *, queue_name: str | None = None) -> set[str] | None:
        """The functions that live arqlight workers of the queue have registered.

        Returns:
            None when no arqlight worker of the queue is up, so that it cannot be told.
        """
        return await self._workers.functions(queue_name or self.queue_name)
