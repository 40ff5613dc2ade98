"""Running one job: decode it, call its function, judge how that ended."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from arq.jobs import SerializationError
from arq.utils import args_to_string, ms_to_datetime, truncate
from arq.worker import JobExecutionFailed, Retry, RetryJob

from arqlight import payload
from arqlight.models import EventType, Outcome
from arqlight.progress import JOB_CONTEXT_KEY
from arqlight.scripts import Claimed, FinishEntry, RescheduleEntry
from arqlight.worker import outcome
from arqlight.worker.run import JobRun, Stop

if TYPE_CHECKING:
    from arqlight.worker.worker import Worker

__all__ = ["execute", "refuse"]

# arq's own log lines keep arq's logger.
logger = logging.getLogger("arq.worker")
_light_logger = logging.getLogger("arqlight.worker")
# arq logs that a job started late from here on, in ms.
_DELAY_WORTH_LOGGING_MS = 1200


def refuse(worker: "Worker", run: JobRun, claimed: Claimed) -> FinishEntry | None:
    """Decode a claimed job. Returns how it ends if it must not run: expired, unreadable, aborted, ..."""
    if not claimed.record:
        logger.warning("job %s expired", run.job_id)
        return outcome.refused(worker, run, JobExecutionFailed("job expired"), Outcome.expired)
    try:
        record = run.record = payload.decode_job(claimed.record, deserializer=worker.job_deserializer)
    except SerializationError as error:
        logger.exception("deserializing job %s failed", run.job_id)
        return outcome.refused(worker, run, error)
    name = record.function
    if _is_aborted(worker, claimed, record.enqueue_ms):
        logger.info("%6.2fs ⊘ %s:%s aborted before start", _waited_s(worker, run), run.job_id, name)
        return outcome.refused(worker, run, asyncio.CancelledError(), Outcome.aborted)
    plan = worker.plans.get(name)
    if plan is None:
        logger.warning("job %s, function %r not found", run.job_id, name)
        return outcome.refused(worker, run, JobExecutionFailed(f"function {name!r} not found"))
    run.plan = plan
    run.ref = name if plan.is_cron else f"{run.job_id}:{name}"
    if record.job_try and record.job_try > run.job_try:
        run.job_try = record.job_try
        run.try_is_given = True
    if run.job_try > plan.max_tries:
        waited_s = _waited_s(worker, run)
        logger.warning("%6.2fs ! %s max retries %d exceeded", waited_s, run.ref, plan.max_tries)
        return outcome.refused(worker, run, JobExecutionFailed(f"max {plan.max_tries} retries exceeded"))
    return None


def _is_aborted(worker: "Worker", claimed: Claimed, enqueue_ms: int) -> bool:
    """Whether arq's abort was asked of this job, not of an earlier one of the same id."""
    asked_ms = claimed.abort_ms
    return worker.allow_abort_jobs and asked_ms is not None and asked_ms >= enqueue_ms


def _waited_s(worker: "Worker", run: JobRun) -> float:
    # The producer's clock may be a little ahead of the server's.
    return max(0.0, (worker.server_ms() - run.record.enqueue_ms) / 1000) if run.record else 0.0


async def execute(worker: "Worker", run: JobRun) -> FinishEntry | RescheduleEntry | None:
    """Run the job's function with the hooks around it.

    Returns what is to be written; None when the lease was lost and the job is another worker's business.
    """
    ctx = _context(worker, run)
    run.start_ms = worker.server_ms()
    try:
        if worker.on_job_start:
            await worker.on_job_start(ctx)
        _log_start(worker, run)
        run.start_ms = worker.server_ms()
        result = await _call(worker, run, ctx)
        # A result may raise when it is written or logged; then the job failed.
        entry = outcome.succeeded(worker, run, result)
        if logger.isEnabledFor(logging.INFO):
            shown = "" if result is None or not worker.log_results else truncate(repr(result))
            logger.info("%6.2fs ← %s ● %s", _ran_s(worker, run), run.ref, shown)
    except SystemExit as error:
        ended: FinishEntry | RescheduleEntry | None = _judge(
            worker, run, JobExecutionFailed(f"the function called sys.exit({error.code!r})")
        )
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001  whatever a function raises is its job's end
        ended = _judge(worker, run, error)
    else:
        if entry.event == EventType.succeeded:
            worker.jobs_complete += 1
        else:
            worker.jobs_failed += 1
        ended = entry
    if run.stop is Stop.lost:
        _light_logger.warning("%s lost its lease; what this worker did is dropped", run.ref)
        return None
    if worker.on_job_end:
        await _guard(worker.on_job_end, ctx, run)
    return ended


async def after_job_end(worker: "Worker", run: JobRun) -> None:
    """Call arq's ``after_job_end`` hook, once what became of the job is written."""
    # Run and ctx refer to each other, which would keep both until a garbage collection.
    ctx, run.ctx = run.ctx, None
    if worker.after_job_end and ctx is not None:
        await _guard(worker.after_job_end, ctx, run)


async def _guard(hook: Any, ctx: dict[Any, Any], run: JobRun) -> None:
    """A hook that raises must not undo what its job did."""
    try:
        await hook(ctx)
    except (Exception, asyncio.CancelledError):
        _light_logger.exception("%s: %s raised", run.ref, getattr(hook, "__qualname__", hook))


def _context(worker: "Worker", run: JobRun) -> dict[Any, Any]:
    assert run.record is not None  # noqa: S101  refuse() decoded it
    ctx = {
        **worker.ctx,
        "job_id": run.job_id,
        "job_try": run.job_try,
        "enqueue_time": ms_to_datetime(run.record.enqueue_ms),
        "score": run.score,
        JOB_CONTEXT_KEY: run,
    }
    if worker.after_job_end:
        run.ctx = ctx
    return ctx


def _log_start(worker: "Worker", run: JobRun) -> None:
    if not logger.isEnabledFor(logging.INFO) or run.record is None:
        return
    late_ms = worker.server_ms() - run.score
    extra = f" try={run.job_try}" if run.job_try > 1 else ""
    if late_ms > _DELAY_WORTH_LOGGING_MS:
        extra += f" delayed={late_ms / 1000:0.2f}s"
    arguments = args_to_string(run.record.args, run.record.kwargs)
    logger.info("%6.2fs → %s(%s)%s", _waited_s(worker, run), run.ref, arguments, extra)


def _ran_s(worker: "Worker", run: JobRun) -> float:
    return (worker.server_ms() - run.start_ms) / 1000


async def _call(worker: "Worker", run: JobRun, ctx: dict[Any, Any]) -> Any:
    """Call the function; only here is the job interrupted: by a timeout, an abort, a lost lease, the end."""
    plan, record = run.plan, run.record
    assert record is not None  # noqa: S101  refuse() decoded it
    if plan.timeout_s is not None:
        run.timer = worker.loop.call_later(plan.timeout_s, run.request_stop, Stop.timeout)
    run.stoppable = True
    try:
        if run.stop is not None:
            raise asyncio.CancelledError  # noqa: TRY301  told to stop in its hook
        return await plan.coroutine(ctx, *record.args, **record.kwargs)
    except asyncio.CancelledError:
        if run.stop is Stop.timeout:
            raise TimeoutError from None
        raise
    finally:
        run.stoppable = False
        if run.timer is not None:
            run.timer.cancel()
        if run.stop is not None and run.task is not None:
            # An interruption is over once the function has ended, whatever it made of it.
            while run.task.cancelling():
                run.task.uncancel()


def _judge(  # noqa: PLR0911  one for each of arq's cases
    worker: "Worker", run: JobRun, error: BaseException
) -> FinishEntry | RescheduleEntry | None:
    """What an exception of the function means for its job, arq's cases in arq's order."""
    if run.stop is Stop.lost:
        return None
    ran_s = _ran_s(worker, run)
    if worker.retry_jobs and isinstance(error, Retry):
        delay_ms = error.defer_score or 0
        logger.info("%6.2fs ↻ %s retrying job in %0.2fs", ran_s, run.ref, delay_ms / 1000)
        return _retry(worker, run, error, delay_ms)
    if run.stop is Stop.abort and isinstance(error, asyncio.CancelledError):
        logger.info("%6.2fs ⊘ %s aborted", ran_s, run.ref)
        worker.jobs_failed += 1
        return outcome.ended_badly(worker, run, error, Outcome.aborted)
    if worker.retry_jobs and isinstance(error, asyncio.CancelledError | RetryJob):
        logger.info("%6.2fs ↻ %s cancelled, will be run again", ran_s, run.ref)
        if run.stop is Stop.shutdown:
            worker.jobs_retried += 1
            return outcome.released(worker, run)
        return _retry(worker, run, error, 0)
    delay_s = outcome.policy_delay_s(run, error)
    if delay_s is not None:
        logger.warning(
            "%6.2fs ↻ %s failed, %s: %s, retrying in %0.2fs",
            ran_s,
            run.ref,
            type(error).__name__,
            error,
            delay_s,
            exc_info=error,
        )
        return _retry(worker, run, error, round(delay_s * 1000))
    worker.jobs_failed += 1
    return _fail(worker, run, error, ran_s)


def _retry(worker: "Worker", run: JobRun, error: BaseException, delay_ms: int) -> RescheduleEntry:
    worker.jobs_retried += 1
    return outcome.rescheduled(worker, run, EventType.retrying, delay_ms=delay_ms, error=error)


def _fail(worker: "Worker", run: JobRun, error: BaseException, ran_s: float) -> FinishEntry:
    try:
        extra = getattr(error, "extra", None)
        extra = extra() if callable(extra) else extra
        logger.error(
            "%6.2fs ! %s failed, %s: %s",
            ran_s,
            run.ref,
            type(error).__name__,
            error,
            exc_info=error,
            extra={"extra": extra},
        )
    except Exception as broken:
        logger.error("%6.2fs ! %s failed, %s", ran_s, run.ref, type(error).__name__, exc_info=broken)  # noqa: TRY400
    return outcome.ended_badly(worker, run, error, Outcome.failed)
