"""The worker: arq's, with another loop. It claims, runs and finishes in batches; it is woken, not polling."""

import asyncio
import contextlib
import inspect
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import arq.worker as arq_worker
from arq.connections import create_pool, log_redis_info
from arq.utils import timestamp_ms, to_seconds
from redis.exceptions import ReadOnlyError

from arqlight import keys
from arqlight.functions import THREAD_NAME, Function, func, parameters_schema
from arqlight.models import EventType, Outcome
from arqlight.queue import Queue
from arqlight.redis import DEFAULT_LOG_CAP, LightRedis, wrap_redis
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.scripts import Claimed, RescheduleEntry
from arqlight.worker import execute, outcome
from arqlight.worker.backoff import Backoff, trouble
from arqlight.worker.heartbeat import Heartbeat
from arqlight.worker.intake import Intake
from arqlight.worker.leases import Leases
from arqlight.worker.plan import Settings, plan_for, plan_for_unknown
from arqlight.worker.publish import new_worker_id
from arqlight.worker.report import ProgressSender
from arqlight.worker.run import JobRun, Stop
from arqlight.worker.settling import Settling
from arqlight.worker.standin import StandIn
from arqlight.worker.stopping import StoppingWorker
from arqlight.worker.wake import Waker

__all__ = ["Worker"]

# arq's own log lines keep arq's logger.
logger = logging.getLogger("arq.worker")
light_logger = logging.getLogger("arqlight.worker")

DEFAULT_LEASE_S = 15.0
DEFAULT_GRACE_S = 10
_BEATS_PER_LEASE = 3
# How often a worker looks for jobs by itself where Redis tells it of every one.
_QUIET_POLL_S = 5.0
# The shortest pause of an idle worker; arq's poll_delay may be 0.
_LEAST_PAUSE_S = 0.005
_TRY_EXPIRY_S = 88_400
_PROGRESS_EXPIRY_MS = 86_400_000


class Worker(StoppingWorker):
    """Runs jobs: a drop-in for ``arq.Worker``, which takes all of its settings with their meaning.

    Beyond arq, functions may be plain (blocking) ones and may have a `RetryPolicy` (see `func`), jobs are
    aborted by `Queue.abort` without a setting, and ``ctx["queue"]`` is a `Queue`.

    Args:
        functions: what jobs may run; arq's.
        lease: for how many seconds a claim is good without a heartbeat: a killed worker's jobs run elsewhere
            after that. Running jobs' leases are renewed, so a job may take any time.
        log_cap: about how many events the event log keeps; 0 turns off the log and what the worker publishes.
        threads: how many plain functions run at once; by default ``max_jobs``, 100 at the most.
        job_completion_wait: seconds for which running jobs may end after SIGTERM or SIGINT, before they are
            handed back. Unlike in arq the default is 10.
        **arq_settings: arq's other settings.

    Raises:
        ValueError: the lease is shorter than a second.
    """

    def __init__(
        self,
        functions: Sequence[Any] = (),
        *,
        lease: float | timedelta = DEFAULT_LEASE_S,
        log_cap: int = DEFAULT_LOG_CAP,
        threads: int | None = None,
        job_completion_wait: int = DEFAULT_GRACE_S,
        **arq_settings: Any,
    ) -> None:
        self.lease_s = float(to_seconds(lease))
        if self.lease_s < 1:
            raise ValueError(f"a lease of {self.lease_s} s is too short to be renewed; 1 s is the least")
        super().__init__(
            [func(function) for function in functions],
            job_completion_wait=job_completion_wait,
            **arq_settings,
        )
        self.log_cap = log_cap
        self.worker_id = new_worker_id()
        self.started_ms = timestamp_ms()
        self.function_schemas = {
            name: function.parameters
            if isinstance(function, Function)
            else parameters_schema(function.coroutine)
            for name, function in self.functions.items()
        }
        settings = Settings(
            job_timeout_s=self.job_timeout_s,
            keep_result_s=self.keep_result_s,
            keep_result_forever=self.keep_result_forever,
            max_tries=self.max_tries,
        )
        self.plans = {name: plan_for(name, function, settings) for name, function in self.functions.items()}
        self._unknown = plan_for_unknown(settings)
        # A call to Redis that takes longer is given up.
        self.redis_timeout_s = max(2.0, self.lease_s / _BEATS_PER_LEASE)
        self._threads = threads or min(self.max_jobs, 100)
        self._executor: ThreadPoolExecutor | None = None
        self._intake = Intake(self, self._start)
        self._claimer = self._intake.claimer
        self.leases = Leases(self)
        self._settling = Settling(self)
        self._progress = ProgressSender(self.loop, self._send_progress)
        self._heartbeat = Heartbeat(self.lease_s / _BEATS_PER_LEASE, self.leases.beat)
        self._stand_in = StandIn(self)
        self._waker: Waker | None = None
        self._background_tasks: list[asyncio.Task[None]] = []
        self._wake = asyncio.Event()
        self._woken = False
        self._looping: asyncio.Task[Any] | None = None
        # arq's after_job_end of jobs whose end is written.
        self._last_hooks: set[asyncio.Task[None]] = set()
        self._last_heart_beat = float("-inf")
        self._stopping = False

    @property
    def light_redis(self) -> LightRedis:
        """The worker's client, whose scripts move jobs through their states."""
        if not isinstance(self._pool, LightRedis):
            self._pool = wrap_redis(self.pool, log_cap=self.log_cap)
        return self._pool

    @contextlib.asynccontextmanager
    async def calling_redis(self, extra_s: float = 0.0) -> AsyncIterator[None]:
        """Give up a call to Redis that takes too long: on a dead connection nothing else tells."""
        try:
            async with asyncio.timeout(self.redis_timeout_s + extra_s):
                yield
        except TimeoutError:
            # The idle connections may be as dead.
            await self.light_redis.connection_pool.disconnect(inuse_connections=False)
            raise

    @property
    def is_looping(self) -> bool:
        """Whether the main loop runs, which waits for every claim."""
        return self._looping is not None

    def jobs_started(self) -> int:
        """How many tries were started, which ``max_burst_jobs`` limits; arq's count."""
        return self._jobs_started()

    def server_ms(self) -> int:
        """The Redis server's time in Unix ms; before the first claim, this machine's."""
        return self._claimer.server_ms()

    # -- the main loop

    async def main(self) -> None:
        """Run until cancelled; in burst mode until all jobs are done. Redis being away only makes it wait."""
        if self._pool is None:
            self._pool = await create_pool(
                self.redis_settings,
                job_deserializer=self.job_deserializer,
                job_serializer=self.job_serializer,
                default_queue_name=self.queue_name,
                expires_extra_ms=self.expires_extra_ms,
            )
        redis = self.light_redis
        logger.info("Starting worker for %d functions: %s", len(self.functions), ", ".join(self.functions))
        with contextlib.suppress(*REDIS_TROUBLE):
            await log_redis_info(redis, logger.info)
        self.ctx["redis"] = redis
        # The name may have been taken before it was ours.
        if isinstance(self.ctx.get("queue"), Queue | None):
            self.ctx["queue"] = Queue(redis, queue_name=self.queue_name)
        self._start_threads()
        if self.on_startup:
            await self.on_startup(self.ctx)
        self._looping = asyncio.current_task()
        try:
            with self._background():
                await self._loop_until_done()
        finally:
            self._looping = None

    async def _loop_until_done(self) -> None:
        backoff = Backoff()
        while True:
            try:
                await self._poll_iteration()
                if self.burst and await self._burst_is_done():
                    return
            except REDIS_TROUBLE as error:
                light_logger.warning("%s, trying again", trouble(error))
                if isinstance(error, ReadOnlyError):
                    # It became a replica: the address may lead to the new master by now.
                    await self.light_redis.connection_pool.disconnect()
                await backoff.wait()
                continue
            backoff.reset()
            await self._pause()

    def _start_threads(self) -> None:
        blocking = [plan.coroutine for plan in self.plans.values() if plan.is_blocking]
        if blocking and self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix=THREAD_NAME)
        for function in blocking:
            function.executor = self._executor

    @contextlib.contextmanager
    def _background(self) -> Iterator[None]:
        """The heartbeat and the waker, while the main loop runs and until its last job's end is written."""
        self._waker = Waker(self.light_redis, self.queue_name, self._hear_work, self._hear_abort)
        self._background_tasks = [
            self.loop.create_task(self._heartbeat.run(), name="arqlight-heartbeat"),
            self.loop.create_task(self._waker.run(), name="arqlight-waker"),
        ]
        self._stand_in.start()
        try:
            yield
        finally:
            if not self.leases:
                self._stop_background()

    def _hear_work(self) -> None:
        if self._intake.leave_to_armed(otherwise=self._wake_up):
            return
        if self._intake.take_now():
            # Then the main loop has only to work out when to claim next.
            self._intake.after_claim(self._wake.set)
        else:
            self._wake_up()

    def _wake_up(self) -> None:
        """Have the main loop claim."""
        self._woken = True
        self._wake.set()

    def _hear_abort(self) -> None:
        """A heartbeat tells which job is meant; a job that is being claimed is known only after that."""
        self._heartbeat.beat_now()
        self._intake.after_claim(self._heartbeat.beat_now)

    def _stop_background(self) -> None:
        for task in self._background_tasks:
            task.cancel()
        self._stand_in.stop()
        self._background_tasks = []
        self._waker = None

    async def _pause(self) -> None:
        """Wait for work: a wake, a free slot where jobs wait, a job becoming due, or the poll's turn."""
        if self._intake.has_more():
            await asyncio.sleep(0)
            return
        pause_s = max(self.poll_delay_s, _LEAST_PAUSE_S)
        hears_all = self._waker is not None and self._waker.hears_plain_arq
        if hears_all and not (self.cron_jobs or self.allow_abort_jobs):
            pause_s = max(pause_s, _QUIET_POLL_S)
        self._intake.arm(self._wake.set)
        if self._intake.limit() > 0:
            pause_s = min(pause_s, self._claimer.seconds_to_next_claim())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._wake.wait()

    async def _poll_iteration(self) -> None:
        """Do the housekeeping when its turn has come; claim and start what is due."""
        woken, self._woken = self._woken, False
        self._wake.clear()
        async with self.calling_redis():
            await self._keep_house()
        await self._intake.take(woken=woken)

    async def _keep_house(self) -> None:
        now = self.loop.time()
        if now - self._last_heart_beat >= min(self.poll_delay_s, 1.0):
            self._last_heart_beat = now
            if self.allow_abort_jobs:
                await self.leases.take_arqs_aborts()
            await self.heart_beat()

    async def _burst_is_done(self) -> bool:
        is_limit_reached = 0 <= self.max_burst_jobs <= self._jobs_started()
        if not is_limit_reached and (
            self.tasks or self._settling.busy or self._last_hooks or await self._any_jobs_wait()
        ):
            return False
        while self.tasks:
            await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        await self._settling.drain()
        await asyncio.gather(*self._last_hooks)
        return True

    async def _any_jobs_wait(self) -> bool:
        async with self.calling_redis():
            return bool(await self.pool.zcard(self.queue_name))

    # -- from claim to end

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Start the given jobs as far as they are due, free and fit into ``max_jobs``; arq's method."""
        await self._intake.disarm()
        free = [job_id.decode() for job_id in job_ids][: max(self.max_jobs - len(self.tasks), 0)]
        if free:
            await self._intake.take_these(free)

    def _start(self, claimed: Claimed, holder: str, lease_until: float) -> None:
        run = JobRun(claimed, holder, lease_until, self._unknown, self._progress.take)
        self.leases.add(run)
        if claimed.lost_by:
            light_logger.warning(
                "job %s: try %d was lost with worker %s", run.job_id, run.job_try - 1, claimed.lost_by
            )
            # The lost try may have been told to abort.
            self._heartbeat.beat_now()
        try:
            refusal = execute.refuse(self, run, claimed)
        except Exception as error:
            # Whatever it is, it must not keep the other jobs of the claim from being started.
            light_logger.exception("job %s could not be looked at", run.job_id)
            refusal = outcome.refused(self, run, error)
        if refusal is not None:
            self._settling.add(run, refusal)
            return
        run.task = self.loop.create_task(self._run(run))
        self.tasks[run.job_id] = self.job_tasks[run.job_id] = run.task
        if self._stopping:
            run.request_stop(Stop.shutdown)

    async def _run(self, run: JobRun) -> None:
        try:
            if run.try_is_given:
                await self._store_given_try(run)
            ended = await execute.execute(self, run)
        except Exception as error:
            # Whatever it is, a job must not stay in progress for ever.
            light_logger.exception("%s could not be run", run.ref)
            ended = outcome.ended_badly(self, run, error, Outcome.failed)
        except BaseException:
            # Nobody will tell what became of it: another worker tries it when the lease is over.
            self.leases.drop(run)
            raise
        finally:
            self._forget_task(run)
        if ended is None:
            self.leases.drop(run)
            return
        if run.stop is Stop.abort and (
            isinstance(ended, RescheduleEntry) or ended.event != EventType.aborted
        ):
            await self.leases.note_ignored_abort(run)
        self._settling.add(run, ended)

    async def _store_given_try(self, run: JobRun) -> None:
        """arq's ``_job_try``: the next try counts on from it."""
        try:
            async with self.calling_redis():
                await self._write_given_try(run)
        except REDIS_TROUBLE as error:
            light_logger.warning("%s: its try %d could not be stored: %s", run.ref, run.job_try, error)

    async def _write_given_try(self, run: JobRun) -> None:
        async with self.pool.pipeline(transaction=True) as pipe:
            pipe.setex(keys.RETRY_PREFIX + run.job_id, _TRY_EXPIRY_S, run.job_try)
            pipe.hset(keys.running(self.queue_name), run.job_id, f"{self.worker_id}:{run.job_try}")
            await pipe.execute()

    def _forget_task(self, run: JobRun) -> None:
        for tasks in (self.tasks, self.job_tasks):
            if tasks.get(run.job_id) is run.task:
                del tasks[run.job_id]
        if self._claimer.backlog or self.burst:
            self._wake_up()

    def settled(self, run: JobRun, *, lost: bool) -> None:
        """Told by the settling that a job's end is written, or that it was not ours to write."""
        self.leases.drop(run)
        if self.after_job_end and run.task is not None and not lost:
            hook = self.loop.create_task(execute.after_job_end(self, run))
            self._last_hooks.add(hook)
            hook.add_done_callback(self._last_hooks.discard)
        if self.burst:
            self._wake_up()
        elif not self.leases:
            self._intake.arm(self._wake.set)

    async def _send_progress(self, reports: list[tuple[str, str, str]]) -> int:
        async with self.calling_redis():
            return await self.light_redis.scripts.progress(
                self.queue_name, reports, expiry_ms=_PROGRESS_EXPIRY_MS
            )


def _full_signature() -> inspect.Signature:
    """arq reads which settings a worker takes off its signature: its own and ours."""
    own = inspect.signature(Worker.__init__).parameters
    arqs = inspect.signature(arq_worker.Worker.__init__).parameters
    merged = {**arqs, **{name: p for name, p in own.items() if p.kind is not p.VAR_KEYWORD}}
    merged.pop("self")
    return inspect.Signature(list(merged.values()))


Worker.__signature__ = _full_signature()  # type: ignore[attr-defined]
