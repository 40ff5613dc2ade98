"""What is written of a job that ended: arq's result record, the event, and for how long they are kept."""

import json
import traceback
from types import TracebackType
from typing import TYPE_CHECKING, Any

import arq.worker as arq_worker
from arq.utils import to_ms

from arqlight import payload
from arqlight.models import EventType, Outcome
from arqlight.scripts import FinishEntry, RescheduleEntry
from arqlight.worker.run import JobRun

if TYPE_CHECKING:
    from arqlight.worker.worker import Worker

__all__ = [
    "abort_ignored_json",
    "ended_badly",
    "policy_delay_s",
    "refused",
    "released",
    "rescheduled",
    "shrunk",
    "succeeded",
]

_MOST_RESULT_CHARACTERS = 1_000
_MOST_MESSAGE_CHARACTERS = 1_000
_MOST_TRACEBACK_CHARACTERS = 20_000
_MOST_SAFE_INT = 2**63
# A result that exceeds these is longer than an event tells.
_RESULT_LIMITS = payload.Limits(nodes=500, text=1_000, total_text=1_000)


def policy_delay_s(run: JobRun, error: BaseException) -> float | None:
    """Seconds until the next try, by the function's retry policy; None when it gives no other try."""
    policy = run.plan.retry
    if policy is None or not isinstance(error, policy.on) or run.job_try >= run.plan.max_tries:
        return None
    return policy.delay_before(run.job_try + 1)


def succeeded(worker: "Worker", run: JobRun, result: Any) -> FinishEntry:
    """The entry of a job whose function returned ``result``; it failed if that cannot be stored."""
    finish_ms = _finish_ms(worker, run)
    extra = _extra(worker, run)
    record = _record(worker, run, success=True, result=result, finish_ms=finish_ms, extra=extra)
    if "error" in extra:
        return _finish(run, record, EventType.failed, _ended_json(run, finish_ms, extra["error"]))
    # What is not to be kept is not kept in the log either.
    is_kept = run.plan.expiry_ms is not None
    data = (
        f'{{"job_try":{run.job_try},"function":{run.plan.name_json},"start_ms":{run.start_ms},'
        f'"finish_ms":{finish_ms},{_result_json(result if is_kept else None)}}}'
    )
    return _finish(run, record, EventType.succeeded, data)


def ended_badly(worker: "Worker", run: JobRun, error: BaseException, outcome: Outcome) -> FinishEntry:
    """The entry of a job that failed, was aborted or had expired, with ``error`` as its result."""
    finish_ms = _finish_ms(worker, run)
    described = _describe(error)
    extra = {**_extra(worker, run), "outcome": outcome.value, "error": described}
    record = _record(worker, run, success=False, result=error, finish_ms=finish_ms, extra=extra)
    shown = described if outcome is Outcome.failed else None
    return _finish(run, record, EventType(outcome.value), _ended_json(run, finish_ms, shown))


def refused(
    worker: "Worker", run: JobRun, error: BaseException, outcome: Outcome = Outcome.failed
) -> FinishEntry:
    """The entry of a job that ended without being run."""
    worker.jobs_failed += 1
    run.start_ms = worker.server_ms()
    return ended_badly(worker, run, error, outcome)


def rescheduled(
    worker: "Worker", run: JobRun, event: EventType, *, delay_ms: int = 0, error: BaseException | None = None
) -> RescheduleEntry:
    """The entry of a job that goes back to the queue."""
    data: dict[str, Any] = {"job_try": run.job_try}
    uncharged = event is EventType.released
    if uncharged:
        data["worker_id"] = worker.worker_id
    else:
        data["function"] = _function(run)
    if error is not None:
        data["error"] = _shown(_describe(error))
    return RescheduleEntry(
        run.job_id, run.holder, run.job_try, delay_ms, int(uncharged), event.value, json.dumps(data)[:-1]
    )


def released(worker: "Worker", run: JobRun) -> RescheduleEntry:
    """The entry of a job that a stopping worker hands back."""
    return rescheduled(worker, run, EventType.released)


def abort_ignored_json(run: JobRun) -> str:
    """The JSON of an ``abort_ignored`` event."""
    return json.dumps({"job_try": run.job_try, "function": _function(run)})


def shrunk(worker: "Worker", run: JobRun, entry: FinishEntry, error: Exception) -> FinishEntry:
    """The entry to write in place of one that Redis refuses: the job failed, because of its result's size."""
    size = f"{len(entry.record):,} bytes"
    why = str(error) or type(error).__name__
    reason = arq_worker.JobExecutionFailed(f"its result of {size} cannot be stored: {why}")
    if run.record is not None:
        run.record = run.record._replace(args=(), kwargs={})
    return ended_badly(worker, run, reason, Outcome.failed)


def _extra(worker: "Worker", run: JobRun) -> dict[str, Any]:
    facts = payload.job_facts(run.record.batch_id, run.record.owner) if run.record else {}
    return {"worker_id": worker.worker_id, **facts}


def _function(run: JobRun) -> str | None:
    return run.record.function if run.record else None


def _finish_ms(worker: "Worker", run: JobRun) -> int:
    """Now, by the server's clock; not before the start, which a correction of that clock would make it."""
    return max(run.start_ms, worker.server_ms())


def _record(
    worker: "Worker", run: JobRun, *, success: bool, result: Any, finish_ms: int, extra: dict[str, Any]
) -> bytes:
    """The result record, empty where results are not kept; ``extra`` tells if the result cannot be stored."""
    if run.plan.expiry_ms is None:
        return b""
    job = run.record
    record = payload.encode_result(
        function=job.function if job else "<unknown>",
        args=job.args if job else (),
        kwargs=job.kwargs if job else {},
        job_try=run.job_try,
        enqueue_ms=job.enqueue_ms if job else 0,
        success=success,
        result=result,
        start_ms=run.start_ms,
        finish_ms=finish_ms,
        ref=run.ref,
        queue_name=worker.queue_name,
        job_id=run.job_id,
        extra=extra,
        serializer=worker.job_serializer,
    )
    return record or b""


def _finish(run: JobRun, record: bytes, event: EventType, data: str) -> FinishEntry:
    plan = run.plan
    expiry_ms = "" if plan.expiry_ms is None else plan.expiry_ms
    keep_ms = to_ms(_keep_cron_slot_s()) if plan.is_cron else 0
    return FinishEntry(run.job_id, record, data, run.holder, run.job_try, expiry_ms, keep_ms, event.value)


def _keep_cron_slot_s() -> float:
    """For how long no other worker runs the same slot of a cron job, by arq's worker module."""
    return float(vars(arq_worker)["keep_cronjob_progress"])


def _ended_json(run: JobRun, finish_ms: int, error: dict[str, str] | None) -> str:
    data: dict[str, Any] = {
        "job_try": run.job_try,
        "function": _function(run),
        "start_ms": run.start_ms or None,
        "finish_ms": finish_ms,
    }
    if error is not None:
        data["error"] = _shown(error)
    return json.dumps(data)


def _result_json(result: Any) -> str:
    """The result as a member of the event's JSON, or a word that it is to be fetched."""
    if result is None:
        return '"result":null'
    if type(result) is int and -_MOST_SAFE_INT < result < _MOST_SAFE_INT:
        return f'"result":{result}'
    text = json.dumps(payload.plain(result, _RESULT_LIMITS), allow_nan=False)
    is_whole = len(text) <= _MOST_RESULT_CHARACTERS and '"$truncated"' not in text
    return f'"result":{text}' if is_whole else '"result_omitted":true'


def _describe(error: BaseException) -> dict[str, str]:
    """The error's type, message and traceback; an exception's own methods may raise."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    try:
        message = str(error)
        trace = "".join(traceback.format_exception(kind, error, _users_part(error.__traceback__)))
    except Exception as broken:  # noqa: BLE001
        message, trace = f"(its message cannot be shown: {type(broken).__name__})", ""
    return {
        "type": name,
        "message": message[:_MOST_MESSAGE_CHARACTERS],
        "traceback": trace[-_MOST_TRACEBACK_CHARACTERS:],
    }


def _users_part(trace: TracebackType | None) -> TracebackType | None:
    """A traceback from where the user's code begins; all of it where it never does."""
    part = trace
    while part is not None and part.tb_frame.f_globals.get("__name__", "").startswith("arqlight."):
        part = part.tb_next
    return part or trace


def _shown(error: dict[str, str]) -> dict[str, str]:
    """What an event tells of an error; its traceback is in the record."""
    return {"type": error["type"], "message": error["message"]}
