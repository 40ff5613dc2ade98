"""The worker: arq's surface, built of parts that do not know it. Only this module knows all of them."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from signal import Signals
from typing import Any

import arq.worker as arq_worker
from arq.connections import ArqRedis, RedisSettings, log_redis_info
from arq.constants import default_queue_name
from arq.constants import expires_extra_ms as default_expires_extra_ms
from arq.cron import CronJob
from arq.jobs import Deserializer, Serializer
from arq.typing import SecondsTimedelta, StartupShutdown
from arq.utils import timestamp_ms, to_seconds

from arqlight.functions import Function, func, parameters_schema
from arqlight.logs import get_logger
from arqlight.queue import Queue
from arqlight.redaction import Redaction
from arqlight.redis import DEFAULT_LOG_CAP, LightRedis, connect_redis, wrap_redis
from arqlight.redis import redis_settings as to_redis_settings
from arqlight.redis.failures import REDIS_TROUBLE, refuses
from arqlight.serializers import Serializer as RecordSerializer
from arqlight.serializers import chosen
from arqlight.worker.aborts import Aborts
from arqlight.worker.attempt import Attempt
from arqlight.worker.burst import Burst
from arqlight.worker.crons import check_cron_job, cron_infos
from arqlight.worker.entries import Entries
from arqlight.worker.fence import Fence
from arqlight.worker.fetcher import Fetcher
from arqlight.worker.hooks import Hooks
from arqlight.worker.housekeeping import Housekeeping
from arqlight.worker.job_log import JobLog
from arqlight.worker.leases import BEATS_PER_LEASE, Leases
from arqlight.worker.link import Link
from arqlight.worker.listener import Listener
from arqlight.worker.log_lines import LogLines
from arqlight.worker.observers import Counts, Observer, Observers
from arqlight.worker.pacing import Pacing
from arqlight.worker.plan import Defaults, Plans
from arqlight.worker.presence import Presence, new_worker_id
from arqlight.worker.progress import ProgressSender
from arqlight.worker.runner import Runner
from arqlight.worker.running import Running
from arqlight.worker.shutdown import Shutdown
from arqlight.worker.solitude import Solitude
from arqlight.worker.stand_in import StandIn
from arqlight.worker.threads import Threads
from arqlight.worker.waiting_claim import WaitingClaim
from arqlight.worker.writer import Writer

__all__ = ["Worker"]

# arq's own log lines keep arq's logger.
logger = get_logger("arq.worker")

DEFAULT_LEASE_S = 15.0
DEFAULT_GRACE_S = 10
DEFAULT_RESULT_BYTES = 64_000_000
DEFAULT_LOG_LINES = 500
DEFAULT_LOG_BYTES = 100_000
_MOST_THREADS = 100
_LEAST_TIMEOUT_S = 2.0
# arq's.
_LEAST_CRON_WINDOW_S = 0.5


def _kept_by(part: str, name: str) -> Any:
    """An attribute of arq's worker that one of the parts keeps."""

    def get(worker: "Worker") -> Any:
        return getattr(getattr(worker, part), name)

    def put(worker: "Worker", value: Any) -> None:
        setattr(getattr(worker, part), name, value)

    return property(get, put)


class Worker(arq_worker.Worker):
    """Runs jobs: a drop-in for ``arq.Worker``, which takes all of its settings with their meaning.

    Beyond arq, functions may be plain (blocking) ones and may have a `RetryPolicy` (see `func`), jobs are
    aborted by `Queue.abort` without a setting, and ``ctx["queue"]`` is a `Queue`. What is not said here of an
    argument is arq's; docs/worker.md has all of them.

    Args:
        functions: what jobs may run; arq's.
        queue_name: the queue that it serves.
        cron_jobs: jobs at fixed times.
        redis_settings: where Redis is; a URL will do.
        redis_pool: an arq client to use instead.
        burst: whether to end when the queue is empty.
        on_startup: called once with ``ctx``, before the first job.
        on_shutdown: called once with ``ctx``, after the last job.
        on_job_start: called before each try's function.
        on_job_end: called after each try's function.
        after_job_end: called when a try's end is in Redis.
        handle_signals: whether SIGTERM, SIGINT and SIGHUP stop it.
        job_completion_wait: seconds for which running jobs may end after such a signal, before they are
            handed back. Unlike in arq the default is 10.
        max_jobs: how many jobs run at once.
        job_timeout: seconds after which a try is stopped, and its job fails.
        keep_result: for how many seconds results are kept.
        keep_result_forever: whether results never expire.
        poll_delay: how often, in seconds, to look for jobs that nothing tells of.
        queue_read_limit: how many jobs one claim takes at most.
        max_tries: how often a job is tried at most.
        health_check_interval: how often, in seconds, arq's health line is written.
        health_check_key: where it is written.
        ctx: what functions and hooks get.
        retry_jobs: whether ``Retry`` and cancellations lead to another try.
        allow_abort_jobs: whether arq's ``Job.abort`` is obeyed.
        max_burst_jobs: in burst mode, how many tries to start; no limit below 0.
        serializer: how records are written and read: ``"json"``, ``"msgpack"``, a `Signed`, a `Json` with
            types of yours; as `Queue.connect` is told. By default pickle, as in arq.
        job_serializer: arq's, how records are written, in place of ``serializer``.
        job_deserializer: arq's, how they are read.
        expires_extra_ms: for how many ms a job may wait before it expires.
        timezone: of cron jobs; by default the machine's.
        log_results: whether log lines show results.
        lease: for how many seconds a claim is good without a heartbeat: a killed worker's jobs run elsewhere
            after that. Running jobs' leases are renewed, so a job may take any time.
        log_cap: about how many events the event log keeps; 0 turns off the log and what the worker publishes.
        threads: how many plain functions run at once; by default ``max_jobs``, 100 at the most.
        stop_at_lease_end: whether, cut off from Redis, it stops a function when its lease is over by its own
            clock. By default it lets it run on: the job may run twice at once, of which one result counts.
        max_result_bytes: a job whose result takes more, as it is stored, fails.
        job_logs: whether what functions log through `logging` is kept with their jobs.
        job_log_lines: how many lines of one try are kept.
        job_log_bytes: how many bytes of text, in all lines of one try.
        wait_for_redis: whether to wait, as it starts, for as long as Redis is away, in place of the attempts
            that ``redis_settings`` allow (``conn_retries``). Once it runs it always waits.

    Raises:
        ValueError: the lease is shorter than a second, a cron job is never due, or the URL is not of Redis.
    """

    # What arq's worker has, and a part keeps. Several may be set while the worker exists, as arq's may.
    tasks: dict[str, asyncio.Task[Any]] = _kept_by("_running", "tasks")
    job_tasks: dict[str, asyncio.Task[Any]] = _kept_by("_running", "tasks")
    burst: bool = _kept_by("_running", "burst")
    max_burst_jobs: int = _kept_by("_running", "max_burst_jobs")
    allow_pick_jobs: bool = _kept_by("_running", "accepts")
    jobs_complete: int = _kept_by("_counts", "complete")
    jobs_failed: int = _kept_by("_counts", "failed")
    jobs_retried: int = _kept_by("_counts", "retried")

    def __init__(
        self,
        functions: Sequence[Any] = (),
        *,
        queue_name: str | None = default_queue_name,
        cron_jobs: Sequence[CronJob] | None = None,
        redis_settings: RedisSettings | str | None = None,
        redis_pool: ArqRedis | None = None,
        burst: bool = False,
        on_startup: StartupShutdown | None = None,
        on_shutdown: StartupShutdown | None = None,
        on_job_start: StartupShutdown | None = None,
        on_job_end: StartupShutdown | None = None,
        after_job_end: StartupShutdown | None = None,
        handle_signals: bool = True,
        job_completion_wait: int = DEFAULT_GRACE_S,
        max_jobs: int = 10,
        job_timeout: SecondsTimedelta = 300,
        keep_result: SecondsTimedelta = 3600,
        keep_result_forever: bool = False,
        poll_delay: SecondsTimedelta = 0.5,
        queue_read_limit: int | None = None,
        max_tries: int = 5,
        health_check_interval: SecondsTimedelta = 3600,
        health_check_key: str | None = None,
        ctx: dict[Any, Any] | None = None,
        retry_jobs: bool = True,
        allow_abort_jobs: bool = False,
        max_burst_jobs: int = -1,
        serializer: RecordSerializer | str | None = None,
        job_serializer: Serializer | None = None,
        job_deserializer: Deserializer | None = None,
        expires_extra_ms: int = default_expires_extra_ms,
        timezone: timezone | None = None,
        log_results: bool = True,
        lease: float | timedelta = DEFAULT_LEASE_S,
        log_cap: int = DEFAULT_LOG_CAP,
        threads: int | None = None,
        stop_at_lease_end: bool = False,
        max_result_bytes: int = DEFAULT_RESULT_BYTES,
        job_logs: bool = True,
        job_log_lines: int = DEFAULT_LOG_LINES,
        job_log_bytes: int = DEFAULT_LOG_BYTES,
        wait_for_redis: bool = False,
    ) -> None:
        self.lease_s = float(to_seconds(lease))
        if self.lease_s < 1:
            raise ValueError(f"a lease of {self.lease_s} s is too short to be renewed; 1 s is the least")
        if job_log_lines < 1 or job_log_bytes < 1:
            raise ValueError(
                f"job_log_lines is {job_log_lines} and job_log_bytes is {job_log_bytes}; "
                "1 is the least of both. job_logs=False keeps no lines."
            )
        job_serializer, job_deserializer = chosen(serializer, job_serializer, job_deserializer)
        for job in cron_jobs or ():
            if isinstance(job, CronJob):
                check_cron_job(job)
        # arq's constructor sets what these two keep.
        self._counts = Counts()
        self._running = Running(self._counts, max_jobs=max_jobs)
        super().__init__(
            [func(function) for function in functions],
            queue_name=queue_name,
            cron_jobs=cron_jobs,
            redis_settings=to_redis_settings(redis_settings) if redis_settings else None,
            redis_pool=redis_pool,
            burst=burst,
            on_startup=on_startup,
            on_shutdown=on_shutdown,
            on_job_start=on_job_start,
            on_job_end=on_job_end,
            after_job_end=after_job_end,
            handle_signals=handle_signals,
            job_completion_wait=job_completion_wait,
            max_jobs=max_jobs,
            job_timeout=job_timeout,
            keep_result=keep_result,
            keep_result_forever=keep_result_forever,
            poll_delay=poll_delay,
            queue_read_limit=queue_read_limit,
            max_tries=max_tries,
            health_check_interval=health_check_interval,
            health_check_key=health_check_key,
            ctx=ctx,
            retry_jobs=retry_jobs,
            allow_abort_jobs=allow_abort_jobs,
            max_burst_jobs=max_burst_jobs,
            job_serializer=job_serializer,
            job_deserializer=job_deserializer,
            expires_extra_ms=expires_extra_ms,
            timezone=timezone,
            log_results=log_results,
        )
        if handle_signals and hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            self._add_signal_handler(signal.SIGHUP, self.handle_stop_signal)
        self.log_cap = log_cap
        self._max_result_bytes = max_result_bytes
        self._wait_for_redis = wait_for_redis
        self.worker_id = new_worker_id()
        self._running.read_limit = self.queue_read_limit
        self._max_threads = threads or min(max_jobs, _MOST_THREADS)
        self._stop_at_lease_end = stop_at_lease_end
        self._background_tasks: list[asyncio.Task[None]] = []
        self._working: asyncio.Task[Any] | None = None
        self._link = Link(self.queue_name, max(_LEAST_TIMEOUT_S, self.lease_s / BEATS_PER_LEASE))
        if self._pool is not None:
            self._attach(self._pool)
        self._log_lines = (
            LogLines(
                self.loop,
                self._link,
                most_lines=job_log_lines,
                most_bytes=job_log_bytes,
                redaction=Redaction.of_environment(),
            )
            if job_logs and log_cap
            else None
        )
        self._build([self._counts, *([self._log_lines] if self._log_lines else [])])

    def _build(self, watching: Sequence[Observer]) -> None:
        """Make the parts, each of what is below it: they know each other only downwards."""
        link, running, observers = self._link, self._running, Observers(watching)
        self._plans = Plans(
            self.functions,
            Defaults(
                self.job_timeout_s,
                self.keep_result_s,
                self.keep_result_forever,
                self.max_tries,
                self._stop_at_lease_end,
            ),
        )
        self._threads = Threads(self._max_threads, self._plans.blocking())
        running.slots_of_threads = self._threads.slots
        self._hooks = Hooks(
            self.ctx,
            on_job_start=self.on_job_start,
            on_job_end=self.on_job_end,
            after_job_end=self.after_job_end,
        )
        self._presence = Presence(
            link,
            running,
            self._counts,
            worker_id=self.worker_id,
            facts=self._facts(),
            crons=lambda: cron_infos(self.cron_jobs),
        )
        aborts = Aborts(link, running)
        self._leases = Leases(
            link,
            running,
            observers,
            worker_id=self.worker_id,
            lease_s=self.lease_s,
            record=self._presence.record,
            abort=aborts.abort,
        )
        entries = Entries(
            link, self.worker_id, serializer=self.job_serializer, max_result_bytes=self._max_result_bytes
        )
        self._writer = Writer(link, observers, shrink=entries.shrunk, written=self._written)
        self._runner = Runner(
            self.loop,
            link,
            running,
            plans=self._plans,
            hooks=self._hooks,
            entries=entries,
            aborts=aborts,
            job_log=JobLog(link.server_ms, self.queue_name, self.functions, log_results=self.log_results),
            observers=observers,
            threads=self._threads,
            solitude=Solitude(link, running),
            write=self._writer.add,
            on_progress=ProgressSender(self.loop, link).take,
            on_lost=self._leases.one_was_lost,
            worker_id=self.worker_id,
            deserializer=self.job_deserializer,
            retry_jobs=self.retry_jobs,
            allow_abort_jobs=self.allow_abort_jobs,
        )
        self._fetcher = Fetcher(
            link,
            running,
            Pacing(link.clock, self.max_jobs),
            WaitingClaim(link, self.worker_id),
            begin=self._runner.begin,
            renew_lapsed=self._leases.renew_lapsed,
            worker_id=self.worker_id,
            lease_s=self.lease_s,
        )
        running.changed = self._fetcher.slots_changed
        self._listener = Listener(link, on_work=self._fetcher.look, on_abort=self._hear_abort)
        self._housekeeping = Housekeeping(
            link,
            self._fetcher,
            self._listener,
            heart_beat=self.heart_beat,
            aborts=aborts if self.allow_abort_jobs else None,
            poll_delay_s=self.poll_delay_s,
        )
        self._burst_end = Burst(link, running, self._writer, self._hooks)
        self._shutdown = Shutdown(
            running,
            self._fetcher,
            entries=entries,
            writer=self._writer,
            hooks=self._hooks,
            threads=self._threads,
        )
        self._fence = Fence(running, self.lease_s)
        self._stand_in = StandIn(self.loop, link, running, self._leases)

    def _facts(self) -> dict[str, Any]:
        """What the worker publishes about itself and does not change."""
        return {
            "start_ms": timestamp_ms(),
            "lease_s": self.lease_s,
            "job_timeout_s": float(self.job_timeout_s or 0),
            "max_tries": self.max_tries,
            "functions": {name: _schema(function) for name, function in self.functions.items()},
            "function_info": self._plans.infos(),
        }

    # -- what the parts tell each other through the worker

    def _hear_abort(self) -> None:
        """A heartbeat tells which job is meant; one that is being claimed is known only after that."""
        self._leases.beat_now()
        self._fetcher.after_claim(self._leases.beat_now)

    def _written(self, attempt: Attempt, is_lost: bool) -> None:  # noqa: FBT001  the writer's
        self._hooks.written(attempt, is_lost=is_lost)
        self._running.drop(attempt)

    # -- running

    async def main(self) -> None:
        """Run until cancelled; in burst mode until all jobs are done. Redis being away only makes it wait."""
        if self._pool is None:
            self._attach(await self._connect())
        redis = self._link.redis
        logger.info("Starting worker for %d functions: %s", len(self.functions), ", ".join(self.functions))
        with contextlib.suppress(*REDIS_TROUBLE):
            await log_redis_info(redis, logger.info)
        self.ctx["redis"] = redis
        # The name may have been taken before it was ours.
        if isinstance(self.ctx.get("queue"), Queue | None):
            self.ctx["queue"] = Queue(redis, queue_name=self.queue_name)
        self._threads.start()
        if self._log_lines is not None:
            self._log_lines.start()
        if self.on_startup:
            await self.on_startup(self.ctx)
        self._runner.retry_jobs = self.retry_jobs
        self._working = asyncio.current_task()
        try:
            with self._background():
                await self._work()
            if self._log_lines is not None:
                await self._log_lines.stop()
        finally:
            self._working = None

    async def _connect(self) -> LightRedis:
        while True:
            try:
                return await self._try_to_connect()
            except REDIS_TROUBLE as error:
                if refuses(error) or not self._wait_for_redis:
                    raise

    async def _try_to_connect(self) -> LightRedis:
        return await connect_redis(
            self.redis_settings,
            log_cap=self.log_cap,
            job_deserializer=self.job_deserializer,
            job_serializer=self.job_serializer,
            default_queue_name=self.queue_name,
            expires_extra_ms=self.expires_extra_ms,
        )

    def _attach(self, pool: ArqRedis) -> None:
        redis = pool if isinstance(pool, LightRedis) else wrap_redis(pool, log_cap=self.log_cap)
        self._pool = redis
        self._link.attach(redis)

    @contextlib.contextmanager
    def _background(self) -> Iterator[None]:
        """The heartbeat and the listener, until the last job's end is written."""
        self._background_tasks = [
            self.loop.create_task(self._leases.run(), name="arqlight-heartbeat"),
            self.loop.create_task(self._listener.run(), name="arqlight-listener"),
        ]
        if self._plans.any_stops_at_lease_end():
            fencing = self.loop.create_task(self._fence.run(), name="arqlight-fence")
            self._background_tasks.append(fencing)
        self._stand_in.start()
        try:
            yield
        finally:
            if not self._running.held:
                self._stop_background()

    def _stop_background(self) -> None:
        for task in self._background_tasks:
            task.cancel()
        self._stand_in.stop()
        self._background_tasks = []

    async def _work(self) -> None:
        """Claim and keep house, until one of the two ends."""
        # Before the first claim: a burst would end without the cron jobs that are due.
        with contextlib.suppress(*REDIS_TROUBLE):
            await self._housekeeping.keep()
        is_done = self._burst_end.is_done if self.burst else None
        fetching = self.loop.create_task(self._fetcher.run(is_done), name="arqlight-fetcher")
        keeping = self.loop.create_task(self._housekeeping.run(), name="arqlight-housekeeping")
        try:
            ended, _ = await asyncio.wait({fetching, keeping}, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        finally:
            keeping.cancel()
            # A claim that is under way is carried through; what it yields is handed back.
            self._fetcher.end()

    async def heart_beat(self) -> None:
        """arq's: the health line, and the cron jobs, whose clock is the Redis server's."""
        await self.record_health()
        if self.cron_jobs:
            now = datetime.fromtimestamp(await self._link.learn_server_ms() / 1000, tz=self.timezone)
            await self.run_cron(now, max(self.poll_delay_s, _LEAST_CRON_WINDOW_S))

    async def _poll_iteration(self) -> None:
        """Keep house once; claim and start what is due; arq's method."""
        await self._housekeeping.keep()
        await self._housekeeping.look_for_jobs()
        await self._fetcher.fetch()

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Start the given jobs as far as they are due, free and fit into ``max_jobs``; arq's method."""
        await self._fetcher.fetch_these([job_id.decode() for job_id in job_ids])

    # -- stopping

    def _add_signal_handler(self, signum: Signals, handler: Callable[[Signals], None]) -> None:
        """Every stop signal goes through ``handle_stop_signal``, which tells the second from the first."""
        del handler
        super()._add_signal_handler(signum, self.handle_stop_signal)

    def handle_stop_signal(self, signum: Signals) -> None:
        """The first signal leaves running jobs ``job_completion_wait`` seconds to end, the second none."""
        if self._job_completion_wait and self.allow_pick_jobs:
            self.handle_sig_wait_for_completion(signum)
            self._shutdown.claim_no_more()
        else:
            self.handle_sig(signum)

    def handle_sig(self, signum: Signals) -> None:
        """Stop now: arq's method. Running jobs are cancelled and handed back, not charged with a try."""
        self._shutdown.hand_back()
        self._log_stop(signum, "", len(self.tasks))
        for job_id, task in self.tasks.items():
            # Our own were told, and are not interrupted in their hooks.
            if job_id not in self._running.held and not task.done():
                task.cancel()
        self._end_main(signum)

    async def _wait_for_tasks_to_complete(self, signum: Signals) -> None:
        """arq's wait after the first signal; at its end, what still runs is handed back."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._sleep_until_tasks_complete(), self._job_completion_wait)
        ongoing = sum(not task.done() for task in self.tasks.values())
        self._shutdown.hand_back()
        self._log_stop(signum, ", wait complete", ongoing)
        self._end_main(signum)

    def _log_stop(self, signum: Signals, what: str, ongoing: int) -> None:
        logger.info(
            "shutdown on %s%s ◆ %d jobs complete ◆ %d failed ◆ %d retries ◆ %d ongoing to cancel",
            Signals(signum).name,
            what,
            self.jobs_complete,
            self.jobs_failed,
            self.jobs_retried,
            ongoing,
        )

    def _end_main(self, signum: Signals) -> None:
        if self.main_task:
            self.main_task.cancel()
        if self.on_stop:
            self.on_stop(signum)

    async def close(self) -> None:
        """Hand back what still runs, write what is known, call arq's hook, close the connections."""
        if not self._handle_signals:
            self.handle_sig(signal.SIGUSR1)
        if not self._pool:
            return
        if self._working is not None and self._working is not asyncio.current_task():
            self._working.cancel()
            await asyncio.wait([self._working])
        await self._shutdown.end()
        if self.on_shutdown:
            await self.on_shutdown(self.ctx)
        self._threads.stop()
        await self._shutdown.release_threads()
        if self._log_lines is not None:
            await self._log_lines.stop()
        self._stop_background()
        with contextlib.suppress(*REDIS_TROUBLE):
            async with self._link.call():
                await self._presence.withdraw(self.health_check_key)
        await self.pool.aclose(close_connection_pool=True)
        self._pool = None
        self._shutdown.reopen()


def _schema(function: arq_worker.Function | CronJob) -> dict[str, Any]:
    return function.parameters if isinstance(function, Function) else parameters_schema(function.coroutine)
