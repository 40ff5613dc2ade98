"""arqlight's own records: of a batch, a worker, a job's progress, and who holds a job."""

from typing import NamedTuple

from pydantic import ValidationError

from arqlight.models import Progress, WorkerInfo
from arqlight.reading.values import MOST_NAME, Unreadable, finite, json_object, shortened

__all__ = [
    "MOST_BATCH",
    "MOST_WORKER",
    "BatchRecord",
    "Holder",
    "batch_record",
    "holder",
    "progress",
    "worker_record",
]

# In bytes. A batch of 100,000 jobs with ids of our own making takes 4 MB.
MOST_BATCH = 16 << 20
MOST_WORKER = 1 << 20
_MOST_PROGRESS = 100_000
_MOST_HOLDER = 512
_MOST_MESSAGE = 4_096
_HOLDER_PARTS = 3


class BatchRecord(NamedTuple):
    """A batch: the queue that its jobs wait in, and their ids, each of them once."""

    queue: str
    job_ids: list[str]


class Holder(NamedTuple):
    """Who runs a job, and since when; both are None where a plain arq worker does, which does not tell."""

    worker_id: str | None
    start_ms: int | None


def batch_record(raw: bytes) -> BatchRecord | Unreadable:
    """A batch's record."""
    record = json_object(raw, MOST_BATCH)
    if isinstance(record, Unreadable):
        return record
    queue, job_ids = record.get("queue"), record.get("job_ids")
    if not _is_name(queue) or not isinstance(job_ids, list) or not all(map(_is_name, job_ids)):
        return Unreadable("a batch's record has a queue's name and a list of job ids")
    return BatchRecord(str(queue), list(dict.fromkeys(job_ids)))


def worker_record(raw: bytes) -> WorkerInfo | Unreadable:
    """What a worker has published about itself."""
    record = json_object(raw, MOST_WORKER)
    if isinstance(record, Unreadable):
        return record
    try:
        worker = WorkerInfo.model_validate(record)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)[0]
        return Unreadable(f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}")
    if finite(worker.start_ms) is None or finite(worker.seen_ms) is None:
        return Unreadable("its times are no moments in Unix ms")
    return worker


def progress(raw: bytes) -> Progress | Unreadable:
    """How far a job is, as it reported last. A long message is cut."""
    record = json_object(raw, _MOST_PROGRESS)
    if isinstance(record, Unreadable):
        return record
    message = record.get("message")
    if isinstance(message, str) and len(message) > _MOST_MESSAGE:
        record["message"] = message[:_MOST_MESSAGE] + "…"
    try:
        return Progress.model_validate(record)
    except ValidationError:
        return Unreadable(f"{shortened(raw)} is no progress")


def holder(raw: bytes) -> Holder | Unreadable | None:
    """What an in-progress key holds: ``worker id:token:start`` by ours, ``1`` by plain arq.

    None where nobody holds the job: the key is not there, or marks a cron job that is done.
    """
    if raw in {b"", b"done"}:
        return None
    if len(raw) > _MOST_HOLDER:
        return Unreadable(f"{shortened(raw)} is no holder")
    parts = raw.decode("utf-8", "replace").split(":")
    if len(parts) != _HOLDER_PARTS:
        return Holder(None, None)
    start = parts[2]
    return Holder(parts[0], finite(int(start)) if start.isascii() and start.isdecimal() else None)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MOST_NAME
