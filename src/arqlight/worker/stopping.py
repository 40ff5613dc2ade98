"""How a worker stops: by signals, and by ``close()``. What still runs is handed back, uncharged."""

import asyncio
import contextlib
import logging
import signal
from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from signal import Signals
from typing import TYPE_CHECKING, Any, cast

import arq.worker as arq_worker

from arqlight import keys
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.worker import outcome
from arqlight.worker.intake import Intake
from arqlight.worker.leases import Leases
from arqlight.worker.run import Stop
from arqlight.worker.settling import Settling

if TYPE_CHECKING:
    from arqlight.worker.worker import Worker

__all__ = ["StoppingWorker"]

# arq's own log lines keep arq's logger.
logger = logging.getLogger("arq.worker")
light_logger = logging.getLogger("arqlight.worker")

# For how long a cancelled function may take to end, and the writing of all ends.
_CANCEL_WAIT_S = 5.0
_DRAIN_WAIT_S = 10.0


class StoppingWorker(arq_worker.Worker):
    """The part of `Worker` that stops it."""

    worker_id: str
    leases: Leases
    _intake: Intake
    _settling: Settling
    _last_hooks: set[asyncio.Task[None]]
    _looping: asyncio.Task[Any] | None
    _executor: ThreadPoolExecutor | None
    _stopping: bool

    @abstractmethod
    def calling_redis(self, extra_s: float = 0.0) -> AbstractAsyncContextManager[None]:
        """Give up a call to Redis that takes too long."""

    @abstractmethod
    def _stop_background(self) -> None:
        """End the heartbeat and the waker."""

    def _add_signal_handler(self, signum: Signals, handler: Callable[[Signals], None]) -> None:
        """Every stop signal goes through ``handle_stop_signal``, which tells the second from the first."""
        del handler
        super()._add_signal_handler(signum, self.handle_stop_signal)

    @abstractmethod
    def _wake_up(self) -> None:
        """Have the main loop claim, or give up what it would claim."""

    def handle_stop_signal(self, signum: Signals) -> None:
        """The first signal leaves running jobs ``job_completion_wait`` seconds to end, the second none."""
        if self._job_completion_wait and self.allow_pick_jobs:
            self.handle_sig_wait_for_completion(signum)
            self._wake_up()
        else:
            self.handle_sig(signum)

    def handle_sig(self, signum: Signals) -> None:
        """Stop now: arq's method. Running jobs are cancelled and handed back, not charged with a try."""
        self._hand_back_what_runs()
        self._log_stop(signum, "", "%d ongoing to cancel", len(self.tasks))
        for job_id, task in self.tasks.items():
            # Our own were told, and are not interrupted in their hooks.
            if job_id not in self.leases and not task.done():
                task.cancel()
        self._end_main(signum)

    async def _wait_for_tasks_to_complete(self, signum: Signals) -> None:
        """arq's wait after the first signal; at its end, what still runs is handed back."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._sleep_until_tasks_complete(), self._job_completion_wait)
        ongoing = sum(not task.done() for task in self.tasks.values())
        self._hand_back_what_runs()
        self._log_stop(signum, ", wait complete", "%d ongoing to cancel", ongoing)
        self._end_main(signum)

    def _log_stop(self, signum: Signals, what: str, ending: str, ongoing: int) -> None:
        logger.info(
            f"shutdown on %s{what} ◆ %d jobs complete ◆ %d failed ◆ %d retries ◆ {ending}",  # noqa: G004
            Signals(signum).name,
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

    def _hand_back_what_runs(self) -> None:
        self._stopping = True
        self.allow_pick_jobs = False
        for run in self.leases.running():
            run.request_stop(Stop.shutdown)

    async def close(self) -> None:
        """Hand back what still runs, write what is known, call arq's hook, close the connections."""
        if not self._handle_signals:
            self.handle_sig(signal.SIGUSR1)
        if not self._pool:
            return
        if self._looping is not None and self._looping is not asyncio.current_task():
            self._looping.cancel()
            await asyncio.wait([self._looping])
        self._hand_back_what_runs()
        await self._end_jobs()
        self._stop_background()
        with contextlib.suppress(*REDIS_TROUBLE):
            async with self.calling_redis():
                await self._unpublish()
        if self.on_shutdown:
            await self.on_shutdown(self.ctx)
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None
        await self.pool.aclose(close_connection_pool=True)
        self._pool = None
        # arq's --watch runs the same worker again.
        self._stopping = False
        self.allow_pick_jobs = True

    async def _end_jobs(self) -> None:
        await self._intake.end()
        if self.tasks:
            await asyncio.wait(list(self.tasks.values()), timeout=_CANCEL_WAIT_S)
        for run in self.leases.running():
            light_logger.warning(
                "%s did not end when it was cancelled; it is handed back all the same", run.ref
            )
            run.stop = Stop.lost
            self._settling.add(run, outcome.released(cast("Worker", self), run))
        try:
            async with asyncio.timeout(_DRAIN_WAIT_S):
                await self._settling.drain()
        except TimeoutError:
            light_logger.warning("redis is away: the ends of %d jobs could not be written", len(self.leases))
        if self._last_hooks:
            await asyncio.wait(list(self._last_hooks), timeout=_CANCEL_WAIT_S)

    async def _unpublish(self) -> None:
        await self.pool.delete(self.health_check_key, keys.worker(self.worker_id), keys.poke(self.worker_id))
        await self.pool.zrem(keys.WORKERS, self.worker_id)
