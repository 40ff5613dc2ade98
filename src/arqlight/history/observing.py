"""What is seen by looking, rather than told by events, as changes of the tables. Pure.

Plain arq writes no events, and a gap in the log leaves jobs behind whose end nobody told. What Redis holds of
such jobs is compared with their rows, at a moment when the log is read up to the event it is true at.
"""

import zlib
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from arqlight.events import id_key
from arqlight.history.facts import Facts, json_of
from arqlight.history.failures import fingerprint_of, location_of
from arqlight.history.models import Source
from arqlight.history.projection import Changes
from arqlight.history.rows import JobState
from arqlight.history.states import DONE, LIVE, State, seq_from
from arqlight.models import Job, JobStatus
from arqlight.redaction import Redaction

__all__ = ["Seen", "observe", "place_of"]

_COUNTERS = 1 << 20
_MOST_MESSAGE = 500
_MOST_RESULT = 1_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A job as Redis holds it at an event of the log, and what its record told."""

    job: Job
    facts: Facts | None
    event_id: str
    now_ms: int


def place_of(seen: Seen, taken: AbstractSet[int]) -> int:
    """The key of a job that is new: by when it was enqueued, and its id."""
    at_ms = seen.job.enqueue_ms or seen.job.finish_ms or seen.job.due_ms or seen.now_ms
    seq = seq_from(at_ms, zlib.crc32(seen.job.job_id.encode()) % _COUNTERS)
    while seq in taken:
        seq += 1
    return seq


def observe(
    seen: Iterable[Seen],
    known: Mapping[str, JobState],
    taken: AbstractSet[int],
    redaction: Redaction,
    *,
    source: Source,
    not_before_ms: int = 0,
) -> Changes:
    """The changes that make the rows of jobs say what was seen.

    known: the newest row of each that is in the tables. taken: keys that are in use. source: how jobs are
    known that had no row. not_before_ms: what ended earlier is counted in this ms.
    """
    changes = Changes()
    used = set(taken)
    for one in seen:
        job = _row_for(one, known.get(one.job.job_id), used, source)
        if job is not None:
            _apply(one, job, changes, redaction, not_before_ms)
    return changes


def _row_for(seen: Seen, row: JobState | None, used: set[int], source: Source) -> JobState | None:
    """The row to bring up to date, a new one for a job without; None where there is nothing to do."""
    is_there = seen.job.status != JobStatus.not_found
    if row is None or (row.is_done and _is_later(seen, row)):
        if not is_there:
            return None
        seq = place_of(seen, used)
        used.add(seq)
        return JobState.new(seq, seen.job.job_id, seen.job.queue, source)
    if row.is_done:
        return None
    # An event that is newer than the look knows better.
    if id_key(row.values["event_id"]) > id_key(seen.event_id):
        return None
    return row


def _is_later(seen: Seen, row: JobState) -> bool:
    """Whether a job was enqueued after the one of its id in the tables had ended."""
    ended_ms = row.values["finish_ms"]
    return seen.job.enqueue_ms is not None and ended_ms is not None and seen.job.enqueue_ms > ended_ms


def _apply(seen: Seen, job: JobState, changes: Changes, redaction: Redaction, not_before_ms: int) -> None:
    row, found = job.values, seen.job
    was = row["state"]
    row["event_id"] = row["event_id"] or seen.event_id
    row["state"] = int(_state(seen))
    if not job.is_new and row["state"] == was and was in LIVE:
        return
    row["function"] = row["function"] or found.function or ""
    row["batch_id"] = row["batch_id"] or found.batch_id
    row["owner"] = row["owner"] or found.owner
    row["job_try"] = max(row["job_try"], found.job_try)
    for name in ("enqueue_ms", "due_ms", "worker_id"):
        row[name] = row[name] or getattr(found, name)
    for name in ("start_ms", "finish_ms"):
        row[name] = getattr(found, name) or row[name]
    if seen.facts is not None and row["call"] is None:
        row["args"], row["kwargs"], row["call"] = seen.facts.args, seen.facts.kwargs, seen.facts.call
    changes.jobs[row["seq"]] = job
    changes.note_batch(job)
    if row["state"] in DONE:
        _end(seen, job, changes, redaction, not_before_ms)


def _end(seen: Seen, job: JobState, changes: Changes, redaction: Redaction, not_before_ms: int) -> None:
    row, found = job.values, seen.job
    start_ms, finish_ms = row["start_ms"], row["finish_ms"]
    if start_ms is not None:
        if finish_ms is not None:
            row["run_ms"] = max(0, finish_ms - start_ms)
        if row["wait_ms"] is None and row["enqueue_ms"] is not None:
            row["wait_ms"] = max(0, start_ms - max(row["enqueue_ms"], row["due_ms"] or 0))
    at_ms = max(finish_ms or seen.now_ms, not_before_ms)
    if row["state"] == State.succeeded and found.result is not None:
        text = json_of(redaction.value(found.result))
        row["result"] = text if len(text) <= _MOST_RESULT else None
    if row["state"] == State.failed:
        _fail(seen, job, changes, redaction, at_ms)
    changes.count_end(row, at_ms)


def _fail(seen: Seen, job: JobState, changes: Changes, redaction: Redaction, at_ms: int) -> None:
    row, error = job.values, seen.job.error
    traceback = seen.facts.traceback if seen.facts is not None else None
    location = location_of(traceback)
    row["error_type"] = error.type if error else "Error"
    row["error_message"] = redaction.text(error.message if error else "")[:_MOST_MESSAGE]
    row["fingerprint"] = fingerprint_of(row["function"], row["error_type"], location)
    row["bad_tries"] += 1
    changes.tries.append(
        {
            "seq": row["seq"],
            "ordinal": row["bad_tries"],
            "job_try": row["job_try"],
            "worker_id": row["worker_id"],
            "start_ms": row["start_ms"],
            "finish_ms": row["finish_ms"],
            "ended": "failed",
            "next_ms": None,
            "error_type": row["error_type"],
            "error_message": row["error_message"],
            "traceback": traceback,
        }
    )
    changes.count_failure(row, location, at_ms)


def _state(seen: Seen) -> State:
    if seen.job.status == JobStatus.complete:
        return State[seen.job.outcome or "succeeded"]
    return State[JobStatus(seen.job.status).value]
