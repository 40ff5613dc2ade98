"""The leases of a worker's jobs: kept by heartbeats, given up when lost; and the aborts told with them."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from arq.constants import abort_jobs_ss

from arqlight.models import EventType
from arqlight.redis import LightRedis
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.worker import outcome
from arqlight.worker.publish import worker_info
from arqlight.worker.run import JobRun, Stop

if TYPE_CHECKING:
    from arqlight.worker.worker import Worker

__all__ = ["Leases"]

logger = logging.getLogger("arqlight.worker")

# How long after an abort a job that still runs is reported to ignore it.
_ABORT_PATIENCE_S = 1.0
# A worker's record outlives its lease by this much, so that it is not gone before its jobs are due again.
_RECORD_SPARE_MS = 2_000


class Leases:
    """The jobs that a worker holds leases of: those that run, and those whose end is not written yet."""

    def __init__(self, worker: "Worker") -> None:
        self._worker = worker
        self._runs: dict[str, JobRun] = {}
        self._renewed_at = float("-inf")
        self._notes: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._runs)

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._runs

    def add(self, run: JobRun) -> None:
        """Keep the lease of a job that was just claimed."""
        former = self._runs.get(run.job_id)
        self._runs[run.job_id] = run
        if former is not None:
            # Its lease lapsed, and the one that claimed the job again is this worker itself.
            self._lose(former)

    def drop(self, run: JobRun) -> None:
        """Keep it no longer: its end is written, or the lease is lost."""
        if self._runs.get(run.job_id) is run:
            del self._runs[run.job_id]

    def running(self) -> list[JobRun]:
        """The jobs whose function has not ended."""
        return [run for run in self._runs.values() if run.task is not None and not run.task.done()]

    def job_ids(self) -> Iterable[str]:
        """The ids of all jobs whose lease is kept."""
        return self._runs.keys()

    async def renew_lapsed(self) -> None:
        """Renew leases that no heartbeat renewed in time: the process stalled, or Redis was away.

        To be called before a claim, which would otherwise take the worker's own jobs from it.
        """
        while self._runs and monotonic() - self._renewed_at > self._worker.lease_s:
            await self.beat()

    async def beat(self) -> None:
        """One heartbeat: renew all leases in one call, publish the worker, stop what must stop."""
        worker = self._worker
        runs = list(self._runs.values())
        async with worker.calling_redis():
            lost, to_abort = await self._renew(worker.light_redis, runs)
        for run in runs:
            if run.job_id in lost:
                self._lose(run)
            if run.job_id in to_abort:
                self._abort(run)

    async def keep(self, redis: LightRedis) -> None:
        """Renew the leases from another thread, while the event loop stands still; stop nothing.

        Of jobs that are beyond their timeout they lapse: the loop, which would have stopped those, is stuck.
        """
        now = monotonic()
        await self._renew(redis, [run for run in list(self._runs.values()) if not run.is_overdue(now)])

    async def _renew(self, redis: LightRedis, runs: Sequence[JobRun]) -> tuple[set[str], set[str]]:
        """Renew the leases; returns the ids of jobs whose lease is lost, and of those to abort."""
        worker = self._worker
        # Not the loop's time: uvloop's stands still until a callback ends, even when the process was stopped.
        now = monotonic()
        reply = await redis.scripts.heartbeat(
            worker.queue_name,
            worker_id=worker.worker_id,
            lease_ms=round(worker.lease_s * 1000),
            record=worker_info(worker).model_dump_json() if worker.log_cap else "",
            record_expiry_ms=round(worker.lease_s * 1000) + _RECORD_SPARE_MS,
            held=all(run.lease_until > now for run in runs),
            jobs=((run.job_id, run.holder, run.job_try) for run in runs),
        )
        self._renewed_at = now
        lost = set(reply.lost)
        for run in runs:
            if run.job_id not in lost:
                run.lease_until = now + worker.lease_s
        return lost, set(reply.to_abort)

    @staticmethod
    def _lose(run: JobRun) -> None:
        if run.task is not None and not run.task.done() and run.stop is not Stop.lost:
            logger.warning("%s lost its lease, stopping it", run.ref)
            run.request_stop(Stop.lost)

    async def take_arqs_aborts(self) -> None:
        """Stop the running jobs that arq's ``Job.abort`` marked; ``allow_abort_jobs`` is for these."""
        if not self._runs:
            return
        marks: Any = await self._worker.pool.zrange(abort_jobs_ss, start=0, end=-1, withscores=True)
        for job_id, asked_ms in marks:
            run = self._runs.get(job_id.decode())
            # A mark older than the job was meant for an earlier one of the same id.
            if run is not None and run.record is not None and asked_ms >= run.record.enqueue_ms:
                self._abort(run)

    def _abort(self, run: JobRun) -> None:
        if run.stop is None and run.task is not None:
            run.request_stop(Stop.abort)
            self._worker.loop.call_later(_ABORT_PATIENCE_S, self._report_if_running, run)

    def _report_if_running(self, run: JobRun) -> None:
        if run.stoppable and run.stop is Stop.abort:
            logger.warning("%s was told to abort and runs on", run.ref)
            note = self._worker.loop.create_task(self.note_ignored_abort(run))
            self._notes.add(note)
            note.add_done_callback(self._notes.discard)

    async def note_ignored_abort(self, run: JobRun) -> None:
        """Log, once, that a job was told to abort and did not."""
        if run.abort_noted:
            return
        run.abort_noted = True
        try:
            async with self._worker.calling_redis():
                await self._worker.light_redis.scripts.note(
                    self._worker.queue_name,
                    run.job_id,
                    holder=run.holder,
                    event=EventType.abort_ignored,
                    data=outcome.abort_ignored_json(run),
                )
        except REDIS_TROUBLE as error:
            logger.warning("%s ignored its abort; the log could not be told: %s", run.ref, error)
