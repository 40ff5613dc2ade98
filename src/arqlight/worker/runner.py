"""Running one claimed job: decode it, call its function with the hooks around it, pass on how that ended."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from arq.jobs import Deserializer, SerializationError
from arq.worker import JobExecutionFailed

from arqlight import keys, payload
from arqlight.logs import get_logger
from arqlight.models import EventType, Outcome
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.scripts import Claimed
from arqlight.worker.aborts import Aborts
from arqlight.worker.attempt import Attempt, Stop
from arqlight.worker.ending import Ending, Finished, Lost, judge, refuse
from arqlight.worker.entries import Entries, Entry
from arqlight.worker.hooks import Hooks
from arqlight.worker.job_log import JobLog
from arqlight.worker.link import Link
from arqlight.worker.observers import Observers, tell
from arqlight.worker.plan import Plans
from arqlight.worker.running import Running
from arqlight.worker.solitude import Solitude
from arqlight.worker.threads import Threads

__all__ = ["Runner"]

logger = get_logger("arqlight.worker")

_TRY_EXPIRY_S = 88_400


class Runner:
    """Runs the jobs that were claimed, each in a task of its own.

    Args:
        loop: the worker's event loop.
        link: the way to Redis.
        running: where tries are kept.
        plans: how jobs of each function are run.
        hooks: arq's.
        entries: makes what is written.
        aborts: where an ignored abort is noted.
        job_log: arq's lines.
        observers: told of each moment.
        threads: where plain functions run.
        solitude: where a try waits that has to run alone.
        write: called with a try and what is to be written of it.
        on_progress: called when a function reported how far it is.
        on_lost: called when the job's last try was lost, with that try if it was this worker's own.
        worker_id: noted as who runs a try.
        deserializer: reads records, in place of pickle.
        retry_jobs: arq's setting.
        allow_abort_jobs: arq's setting.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        link: Link,
        running: Running,
        *,
        plans: Plans,
        hooks: Hooks,
        entries: Entries,
        aborts: Aborts,
        job_log: JobLog,
        observers: Observers,
        threads: Threads,
        solitude: Solitude,
        write: Callable[[Attempt, Entry], None],
        on_progress: Callable[[Attempt], None],
        on_lost: Callable[[Attempt | None], None],
        worker_id: str,
        deserializer: Deserializer | None,
        retry_jobs: bool,
        allow_abort_jobs: bool,
    ) -> None:
        self.retry_jobs = retry_jobs
        self._loop = loop
        self._link = link
        self._running = running
        self._plans = plans
        self._hooks = hooks
        self._entries = entries
        self._aborts = aborts
        self._log = job_log
        self._observers = observers
        self._threads = threads
        self._solitude = solitude
        self._write = write
        self._on_progress = on_progress
        self._on_lost = on_lost
        self._worker_id = worker_id
        self._deserializer = deserializer
        self._allow_abort_jobs = allow_abort_jobs

    def begin(self, claimed: Claimed, holder: str, lease_until: float) -> None:
        """Start a job that was claimed, or have its end written if it must not be run."""
        attempt, unreadable = self._decode(claimed, holder, lease_until)
        former = self._running.hold(attempt)
        if claimed.lost_by:
            logger.warning(
                "job %s: try %d was lost with worker %s", attempt.job_id, claimed.job_try - 1, claimed.lost_by
            )
        if claimed.lost_by or former is not None:
            self._on_lost(former)
        if self._observers.claimed:
            tell(self._observers.claimed, attempt)
        is_aborted = self._is_aborted(attempt, claimed)
        refused = refuse(attempt, unreadable=unreadable, is_aborted=is_aborted)
        if refused is not None:
            self._refuse(attempt, refused)
            return
        attempt.on_progress = self._on_progress
        if attempt.plan.is_blocking:
            attempt.on_thread = self._thread
        self._running.begin(attempt, self._loop.create_task(self._run(attempt)))

    def _decode(self, claimed: Claimed, holder: str, lease_until: float) -> tuple[Attempt, Exception | None]:
        """The try, and why its record cannot be read, if it cannot."""
        record, unreadable = None, None
        if claimed.record:
            try:
                record = payload.decode_job(claimed.record, deserializer=self._deserializer)
            except SerializationError as error:
                unreadable = error
        plan = self._plans.unknown if record is None else self._plans.of(record.function)
        return Attempt(claimed, holder, lease_until, record, plan), unreadable

    def _is_aborted(self, attempt: Attempt, claimed: Claimed) -> bool:
        """Whether arq's abort was asked of this job, not of an earlier one of the same id."""
        if claimed.abort_ms is None or attempt.record is None or not self._allow_abort_jobs:
            return False
        return claimed.abort_ms >= attempt.record.enqueue_ms

    def _refuse(self, attempt: Attempt, ending: Finished) -> None:
        attempt.start_ms = self._link.server_ms()
        self._log.refused(attempt, ending)
        tell(self._observers.ended, attempt, ending)
        self._write(attempt, self._entries.of(attempt, ending))

    async def _run(self, attempt: Attempt) -> None:
        try:
            if attempt.try_is_given:
                await self._store_given_try(attempt)
            entry = await self._try(attempt)
        except Exception as error:
            # Whatever it is, a job must not stay in progress for ever.
            logger.exception("%s could not be run", attempt.ref)
            entry = self._entries.of(attempt, Finished(Outcome.failed, error))
        except BaseException:
            # Nobody will tell what became of it: another worker tries it when the lease is over.
            self._running.drop(attempt)
            raise
        finally:
            self._running.end(attempt)
        if entry is None:
            self._running.drop(attempt)
            return
        if attempt.stop is Stop.abort and entry.event != EventType.aborted:
            await self._aborts.note_ignored(attempt)
        self._write(attempt, entry)

    async def _try(self, attempt: Attempt) -> Entry | None:
        """Run the function with the hooks around it.

        Returns what is to be written; None when the lease was lost and the job is another worker's business.
        """
        attempt.start_ms = self._link.server_ms()
        ctx = self._hooks.context(attempt)
        entry: Entry | None = None
        try:
            if attempt.runs_alone or self._hooks.on_job_start:
                await self._prepare(attempt, ctx)
            self._log.started(attempt)
            result = await self._call(attempt, ctx)
            # A result may raise when it is written or logged; then the job failed.
            ending, entry = self._succeeded(attempt, result)
        except SystemExit as error:
            exited = JobExecutionFailed(f"the function called sys.exit({error.code!r})")
            ending = judge(attempt, exited, retry_jobs=self.retry_jobs)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001  whatever a function raises is its job's end
            ending = judge(attempt, error, retry_jobs=self.retry_jobs)
        if attempt.stop is Stop.lost:
            ending = Lost()
        if entry is None or isinstance(ending, Lost):
            self._log.ended(attempt, ending)
        tell(self._observers.ended, attempt, ending)
        if isinstance(ending, Lost):
            return None
        if entry is None:
            entry = self._entries.of(attempt, ending)
        if self._hooks.on_job_end:
            await self._hooks.end(attempt, ctx)
        return entry

    async def _prepare(self, attempt: Attempt, ctx: dict[Any, Any]) -> None:
        """Wait until it is alone, if it has to be, and call the hook."""
        if attempt.runs_alone:
            await self._solitude.wait(attempt)
        await self._hooks.start(ctx)
        attempt.start_ms = self._link.server_ms()

    def _succeeded(self, attempt: Attempt, result: Any) -> tuple[Ending, Entry]:
        entry = self._entries.succeeded(attempt, result)
        if entry.event == EventType.succeeded:
            self._log.succeeded(attempt, result)
            return Finished(Outcome.succeeded, result), entry
        failure = JobExecutionFailed(f"its result, a {type(result).__name__}, cannot be stored")
        ending = Finished(Outcome.failed, failure)
        self._log.ended(attempt, ending)
        return ending, entry

    async def _call(self, attempt: Attempt, ctx: dict[Any, Any]) -> Any:
        """Call the function; only here is a try interrupted: by a timeout, abort, lost lease, or the end."""
        plan, record = attempt.plan, attempt.record
        assert record is not None  # noqa: S101  it was not refused
        if plan.timeout_s is not None and not plan.is_blocking:
            attempt.timer = self._loop.call_later(plan.timeout_s, attempt.request_stop, Stop.timeout)
        if self._observers.started:
            tell(self._observers.started, attempt)
        attempt.is_stoppable = True
        try:
            if attempt.stop is not None:
                raise asyncio.CancelledError  # noqa: TRY301  told to stop in its hook
            return await plan.coroutine(ctx, *record.args, **record.kwargs)
        except asyncio.CancelledError:
            if attempt.stop is Stop.timeout:
                raise TimeoutError from None
            raise
        finally:
            attempt.is_stoppable = False
            if attempt.timer is not None:
                attempt.timer.cancel()
            if attempt.stop is not None:
                attempt.uncancel()

    def _thread(self, attempt: Attempt, what: str) -> None:
        """A thread begins or ends with a try; called in that thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            if what == "begins":
                self._threads.enter(attempt)
                self._loop.call_soon_threadsafe(self._start_timer_of_thread, attempt)
            else:
                self._threads.leave(attempt)
                self._loop.call_soon_threadsafe(self._running.changed)

    def _start_timer_of_thread(self, attempt: Attempt) -> None:
        timeout_s = attempt.plan.timeout_s
        if attempt.is_stoppable and timeout_s is not None:
            attempt.timer = self._loop.call_later(timeout_s, attempt.request_stop, Stop.timeout)

    async def _store_given_try(self, attempt: Attempt) -> None:
        """arq's ``_job_try``: the next try counts on from it."""
        runner = f"{self._worker_id}:{attempt.job_try}"
        try:
            async with self._link.call(), self._link.redis.pipeline(transaction=True) as pipe:
                pipe.setex(keys.RETRY_PREFIX + attempt.job_id, _TRY_EXPIRY_S, attempt.job_try)
                pipe.hset(keys.running(self._link.queue_name), attempt.job_id, runner)
                await pipe.execute()
        except REDIS_TROUBLE as error:
            logger.warning("%s: its try %d could not be stored: %s", attempt.ref, attempt.job_try, error)
