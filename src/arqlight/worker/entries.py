"""What is written of a try that ended: arq's result record, the event, and for how long they are kept."""

import json
import traceback
from types import TracebackType
from typing import Any

import arq.worker as arq_worker
from arq.jobs import Serializer
from arq.utils import to_ms

from arqlight import payload
from arqlight.models import EventType, Outcome
from arqlight.payload import JobRecord
from arqlight.scripts import FinishEntry, RescheduleEntry
from arqlight.worker.attempt import Attempt
from arqlight.worker.ending import Finished, Released, Retry
from arqlight.worker.link import Link

__all__ = ["Entries", "Entry", "abort_ignored_json"]

Entry = FinishEntry | RescheduleEntry

_SUCCEEDED = EventType.succeeded.value
_FAILED = EventType.failed.value

_MOST_RESULT_CHARACTERS = 1_000
_MOST_MESSAGE_CHARACTERS = 1_000
_MOST_TRACEBACK_CHARACTERS = 20_000
_MOST_SAFE_INT = 2**63
# What is at least as large when it is stored.
_SIZED = (bytes, bytearray, str)
# A result that exceeds these is longer than an event tells.
_RESULT_LIMITS = payload.Limits(nodes=500, text=1_000, total_text=1_000)


class Entries:
    """Makes what is written.

    Args:
        link: knows the queue and the server's time.
        worker_id: said in the records.
        serializer: how records are written, in place of pickle.
        max_result_bytes: a job whose record would be larger fails.
    """

    def __init__(
        self, link: Link, worker_id: str, *, serializer: Serializer | None, max_result_bytes: int
    ) -> None:
        self._link = link
        self._worker_id = worker_id
        self._serializer = serializer
        self._max_result_bytes = max_result_bytes

    def of(self, attempt: Attempt, ending: Finished | Retry | Released) -> Entry:
        """The entry of a try that ended so, but for a success."""
        if isinstance(ending, Retry):
            return self._retrying(attempt, ending)
        if isinstance(ending, Released):
            return self._released(attempt)
        return self._ended_badly(attempt, ending, attempt.record)

    def shrunk(self, attempt: Attempt, entry: FinishEntry, error: Exception) -> FinishEntry:
        """The entry to write in place of one that Redis refuses: the job failed, because of its size."""
        why = str(error) or type(error).__name__
        reason = arq_worker.JobExecutionFailed(
            f"its result of {len(entry.record):,} bytes cannot be stored: {why}"
        )
        record = attempt.record and attempt.record._replace(args=(), kwargs={})
        return self._ended_badly(attempt, Finished(Outcome.failed, reason), record)

    def succeeded(self, attempt: Attempt, result: Any) -> FinishEntry:
        """The entry of a try whose function returned this. If that cannot be stored, it has the event failed.

        Raises:
            JobExecutionFailed: the result is too large.
        """
        is_kept = attempt.plan.expiry_ms is not None
        if is_kept and isinstance(result, _SIZED) and len(result) > self._max_result_bytes:
            # Before it is copied.
            raise self._too_large(len(result))
        finish_ms = self._finish_ms(attempt)
        extra = self._extra(attempt)
        record = self._record(
            attempt, attempt.record, success=True, result=result, finish_ms=finish_ms, extra=extra
        )
        if len(record) > self._max_result_bytes:
            raise self._too_large(len(record))
        if "error" in extra:
            return _finish(attempt, record, _FAILED, _ended_json(attempt, finish_ms, extra["error"]))
        # What is not to be kept is not kept in the log either.
        data = (
            f'{{"job_try":{attempt.job_try},"function":{attempt.plan.name_json},'
            f'"start_ms":{attempt.start_ms},"finish_ms":{finish_ms},'
            f"{_result_json(result if is_kept else None)}}}"
        )
        return _finish(attempt, record, _SUCCEEDED, data)

    def _too_large(self, size: int) -> Exception:
        return arq_worker.JobExecutionFailed(
            f"its result of {size:,} bytes is larger than max_result_bytes, {self._max_result_bytes:,}"
        )

    def _ended_badly(self, attempt: Attempt, ending: Finished, job: JobRecord | None) -> FinishEntry:
        finish_ms = self._finish_ms(attempt)
        described = _describe(ending.result)
        outcome = ending.outcome
        extra = {**self._extra(attempt), "outcome": outcome.value, "error": described}
        record = self._record(
            attempt, job, success=False, result=ending.result, finish_ms=finish_ms, extra=extra
        )
        shown = described if outcome is Outcome.failed else None
        return _finish(attempt, record, outcome.value, _ended_json(attempt, finish_ms, shown))

    def _retrying(self, attempt: Attempt, ending: Retry) -> RescheduleEntry:
        data = {
            "job_try": attempt.job_try,
            "function": _function(attempt),
            "error": _shown(_describe(ending.error)),
        }
        return _reschedule(attempt, ending.delay_ms, EventType.retrying, data)

    def _released(self, attempt: Attempt) -> RescheduleEntry:
        data = {"job_try": attempt.job_try, "worker_id": self._worker_id}
        return _reschedule(attempt, 0, EventType.released, data)

    def _extra(self, attempt: Attempt) -> dict[str, Any]:
        record = attempt.record
        facts = payload.job_facts(record.batch_id, record.owner) if record else {}
        if record is not None and attempt.score > record.enqueue_ms:
            facts["due_ms"] = attempt.score  # of a job that was deferred or retried: it waited since then
        return {"worker_id": self._worker_id, **facts}

    def _finish_ms(self, attempt: Attempt) -> int:
        """Now, by the server's clock; not before the start: that clock may be corrected meanwhile."""
        return max(attempt.start_ms, self._link.server_ms())

    def _record(
        self,
        attempt: Attempt,
        job: JobRecord | None,
        *,
        success: bool,
        result: Any,
        finish_ms: int,
        extra: dict[str, Any],
    ) -> bytes:
        """The result record, empty where results are not kept; ``extra`` tells if it cannot be stored."""
        if (attempt.plan.expiry_ms if success else attempt.plan.failure_expiry_ms) is None:
            return b""
        record = payload.encode_result(
            function=job.function if job else payload.UNKNOWN_FUNCTION,
            args=job.args if job else (),
            kwargs=job.kwargs if job else {},
            job_try=attempt.job_try,
            enqueue_ms=job.enqueue_ms if job else 0,
            success=success,
            result=result,
            start_ms=attempt.start_ms,
            finish_ms=finish_ms,
            ref=attempt.ref,
            queue_name=self._link.queue_name,
            job_id=attempt.job_id,
            extra=extra,
            serializer=self._serializer,
        )
        return record or b""


def abort_ignored_json(attempt: Attempt) -> str:
    """The JSON of an ``abort_ignored`` event."""
    return json.dumps({"job_try": attempt.job_try, "function": _function(attempt)})


def _function(attempt: Attempt) -> str | None:
    return attempt.record.function if attempt.record else None


def _reschedule(attempt: Attempt, delay_ms: int, event: EventType, data: dict[str, Any]) -> RescheduleEntry:
    uncharged = int(event is EventType.released)
    text = json.dumps(data)[:-1]
    return RescheduleEntry(
        attempt.job_id, attempt.holder, attempt.job_try, delay_ms, uncharged, event.value, text, attempt.raw
    )


def _finish(attempt: Attempt, record: bytes, event: str, data: str) -> FinishEntry:
    plan = attempt.plan
    expiry_ms = plan.expiry_ms if event == _SUCCEEDED else plan.failure_expiry_ms
    expiry_ms = "" if expiry_ms is None else expiry_ms
    keep_ms = to_ms(_keep_cron_slot_s()) if plan.is_cron else 0
    return FinishEntry(
        attempt.job_id, record, data, attempt.holder, attempt.job_try, expiry_ms, keep_ms, event
    )


def _keep_cron_slot_s() -> float:
    """For how long no other worker runs the same slot of a cron job, by arq's worker module."""
    return float(vars(arq_worker)["keep_cronjob_progress"])


def _ended_json(attempt: Attempt, finish_ms: int, error: dict[str, str] | None) -> str:
    data: dict[str, Any] = {
        "job_try": attempt.job_try,
        "function": _function(attempt),
        "start_ms": attempt.start_ms or None,
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
