"""From what Redis holds of a job to what arqlight says of it. Pure: records are peeked at, never run."""

import json
from collections.abc import Callable
from typing import Any

from arqlight.models import Batch, ErrorInfo, Job, JobStatus, Outcome, Progress
from arqlight.scripts import RawState

__all__ = ["RecordReader", "batch_from_jobs", "job_from_state"]

# Reads the head of a record whose real size is given, as `arqlight.payload.read_record`.
RecordReader = Callable[[bytes, int], dict[str, Any]]


def job_from_state(job_id: str, raw: RawState, *, queue_name: str, now_ms: int, read: RecordReader) -> Job:
    """The job that ``raw`` tells of, with its status as arq's ``Job.status()`` would give it."""
    if raw.result_size:
        return _complete(job_id, raw, queue_name, read)
    job = Job(job_id=job_id, status=JobStatus.not_found, queue=queue_name)
    if raw.record_size:
        record = read(raw.record, raw.record_size)
        _fill_from_record(job, record)
    job.job_try = int(raw.job_try or 0)
    if raw.holder and raw.holder != b"done":
        job.status = JobStatus.in_progress
        _fill_from_holder(job, raw)
    elif raw.score:
        job.due_ms = int(float(raw.score))
        job.status = JobStatus.deferred if job.due_ms > now_ms else JobStatus.queued
    return job


def _fill_from_record(job: Job, record: dict[str, Any]) -> None:
    function, args, kwargs = record.get("f"), record.get("a"), record.get("k")
    job.function = function if isinstance(function, str) else None
    job.args = args if isinstance(args, list) else [] if args is None else [args]
    job.kwargs = kwargs if isinstance(kwargs, dict) else {}
    job.enqueue_ms = _int(record.get("et"))
    extra = _extra(record)
    job.batch_id, job.owner = _text(extra.get("batch_id")), _text(extra.get("owner"))


def _fill_from_holder(job: Job, raw: RawState) -> None:
    """A plain arq worker's in-progress key says only that the job runs."""
    parts = raw.holder.decode("utf-8", "replace").split(":")
    if len(parts) == 3:  # noqa: PLR2004  worker id, token, start
        job.worker_id = parts[0]
        job.start_ms = _int(int(parts[2])) if parts[2].isdecimal() else None
    if raw.progress:
        job.progress = progress_from_text(raw.progress)


def progress_from_text(text: bytes | str) -> Progress | None:
    """The progress that a worker recorded, None when it cannot be read."""
    try:
        return Progress.model_validate(json.loads(text))
    except ValueError:
        return None


def _complete(job_id: str, raw: RawState, queue_name: str, read: RecordReader) -> Job:
    record = read(raw.result, raw.result_size)
    job = Job(job_id=job_id, status=JobStatus.complete, queue=_text(record.get("q")) or queue_name)
    _fill_from_record(job, record)
    job.job_try = _int(record.get("t")) or 0
    job.start_ms, job.finish_ms = _int(record.get("st")), _int(record.get("ft"))
    extra = _extra(record)
    job.worker_id = _text(extra.get("worker_id"))
    result = record.get("r")
    outcome = _outcome(record, extra, result)
    job.outcome = outcome
    if outcome is Outcome.succeeded:
        job.result = result
    else:
        job.error = _error(extra.get("error"), result)
    return job


def _outcome(record: dict[str, Any], extra: dict[str, Any], result: object) -> Outcome:
    """The outcome a worker of ours recorded, else what arq's record amounts to."""
    known = extra.get("outcome")
    if isinstance(known, str) and known in Outcome.__members__:
        return Outcome(known)
    if record.get("s") is True:
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
        args = result.get("args") or []
        message = args[0] if len(args) == 1 and isinstance(args[0], str) else ", ".join(map(_as_text, args))
        return ErrorInfo(type=str(result["$object"]).removeprefix("builtins."), message=message)
    return ErrorInfo(type="Error", message=_as_text(result))


def batch_from_jobs(batch_id: str, jobs: list[Job], event_id: str) -> Batch:
    """The batch with its jobs counted by outcome where complete, by status otherwise."""
    counts = dict.fromkeys(
        ["deferred", "queued", "in_progress", "succeeded", "failed", "aborted", "expired", "not_found"], 0
    )
    for job in jobs:
        counts[job.outcome or job.status] += 1
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
