"""From what Redis holds of a job to what arqlight says of it. Pure: records are peeked at, never run."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from arqlight import reading
from arqlight.models import Batch, ErrorInfo, Job, JobStatus, Outcome
from arqlight.payload import UNKNOWN_FUNCTION
from arqlight.reading import Unreadable
from arqlight.scripts import RawState

__all__ = ["RecordReader", "batch_from_jobs", "job_from_state"]

# Reads the head of a record whose real size is given, as `arqlight.payload.read_record`.
RecordReader = Callable[[bytes, int], dict[str, Any]]


_T = TypeVar("_T")


def job_from_state(job_id: str, raw: RawState, *, queue_name: str, now_ms: int, read: RecordReader) -> Job:
    """The job that ``raw`` tells of, with its status as arq's ``Job.status()`` would give it.

    What cannot be read is left out, and ``unreadable`` says why.
    """
    if raw.result_size:
        return _complete(job_id, raw, queue_name, read)
    job = Job(job_id=job_id, status=JobStatus.not_found, queue=queue_name)
    if raw.record_size:
        record = read(raw.record, raw.record_size)
        _fill_from_record(job, record)
        if "f" not in record:
            _note(job, "its record", _why(record))
    job.job_try = _readable(job, "its tries", reading.count(raw.job_try)) or 0 if raw.job_try else 0
    holder = _readable(job, "who runs it", reading.holder(raw.holder))
    if holder is not None:
        job.status = JobStatus.in_progress
        job.worker_id, job.start_ms = holder
        if raw.progress:
            job.progress = _readable(job, "its progress", reading.progress(raw.progress))
    elif raw.score:
        job.due_ms = _readable(job, "when it is due", reading.moment_ms(raw.score))
        is_deferred = reading.is_later(raw.score, now_ms)
        job.status = JobStatus.deferred if is_deferred else JobStatus.queued
    return job


def _readable(job: Job, what: str, read: _T | Unreadable) -> _T | None:
    """What was read; None where it is unreadable, which is noted."""
    if isinstance(read, Unreadable):
        _note(job, what, read.why)
        return None
    return read


def _note(job: Job, what: str, why: str) -> None:
    note = f"{what}: {why}"
    job.unreadable = note if job.unreadable is None else f"{job.unreadable}; {note}"


def _why(record: dict[str, Any]) -> str:
    return str(record.get("$unreadable") or record.get("$truncated") or "it is no record of arq's")


def _fill_from_record(job: Job, record: dict[str, Any]) -> None:
    function, args, kwargs = record.get("f"), record.get("a"), record.get("k")
    job.function = function if isinstance(function, str) and function != UNKNOWN_FUNCTION else None
    job.args = args if isinstance(args, list) else [] if args is None else [args]
    job.kwargs = kwargs if isinstance(kwargs, dict) else {}
    job.enqueue_ms = reading.finite(record.get("et")) or None
    extra = _extra(record)
    job.batch_id, job.owner = _text(extra.get("batch_id")), _text(extra.get("owner"))


def _complete(job_id: str, raw: RawState, queue_name: str, read: RecordReader) -> Job:
    record = read(raw.result, raw.result_size)
    job = Job(job_id=job_id, status=JobStatus.complete, queue=_text(record.get("q")) or queue_name)
    _fill_from_record(job, record)
    job.job_try = max(0, _int(record.get("t")) or 0)
    job.start_ms, job.finish_ms = reading.finite(record.get("st")), reading.finite(record.get("ft"))
    extra = _extra(record)
    job.worker_id = _text(extra.get("worker_id"))
    result = record.get("r")
    outcome = _outcome(record, extra, result)
    job.outcome = outcome
    job.due_ms = reading.finite(extra.get("due_ms"))
    if outcome is Outcome.expired or (outcome is Outcome.aborted and job.start_ms == job.finish_ms):
        job.start_ms = None  # arq's record has to have one; the job never started
    if outcome is Outcome.succeeded:
        job.result = result
    elif outcome is not None:
        job.error = _error(extra.get("error"), result)
    if outcome is None or "f" not in record:
        _note(job, "its result", _why(record))
    return job


def _outcome(record: dict[str, Any], extra: dict[str, Any], result: object) -> Outcome | None:
    """The outcome a worker of ours recorded, else what arq's record amounts to; None if it does not tell."""
    known = extra.get("outcome")
    if isinstance(known, str) and known in Outcome.__members__:
        return Outcome(known)
    if "s" not in record:
        return None
    if record["s"] is True:
        return Outcome.succeeded
    if isinstance(result, dict):
        name = str(result.get("$object", ""))
        if name.endswith(".CancelledError"):
            return Outcome.aborted
        if name.endswith(".JobExecutionFailed") and result.get("args") == ["job expired"]:
            return Outcome.expired
    return Outcome.failed


def _error(known: object, result: object) -> ErrorInfo:
    if isinstance(known, dict) and isinstance(known.get("type"), str):
        return ErrorInfo(
            type=known["type"],
            message=_text(known.get("message")) or "",
            traceback=_text(known.get("traceback")),
        )
    if isinstance(result, dict) and "$object" in result:
        args = result.get("args")
        args = args if isinstance(args, list) else []
        message = args[0] if len(args) == 1 and isinstance(args[0], str) else ", ".join(map(_as_text, args))
        return ErrorInfo(type=str(result["$object"]).removeprefix("builtins."), message=message)
    return ErrorInfo(type="Error", message=_as_text(result))


def batch_from_jobs(batch_id: str, jobs: list[Job], event_id: str) -> Batch:
    """The batch with its jobs counted by outcome where complete, by status otherwise."""
    counts = dict.fromkeys(
        ["deferred", "queued", "in_progress", "succeeded", "failed", "aborted", "expired", "not_found"], 0
    )
    for job in jobs:
        # Complete, and how is unreadable.
        name = job.outcome or job.status
        counts[name] = counts.get(name, 0) + 1
    unfinished = counts["deferred"] + counts["queued"] + counts["in_progress"]
    return Batch(
        batch_id=batch_id,
        total=len(jobs),
        done=len(jobs) - unfinished,
        counts=counts,
        jobs=jobs,
        event_id=event_id,
    )


def _extra(record: dict[str, Any]) -> dict[str, Any]:
    extra = record.get("arqlight")
    return extra if isinstance(extra, dict) else {}


def _int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
