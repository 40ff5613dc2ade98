"""What a stretch of the event log does to the tables. Pure: events and rows in, changes out.

However a log is cut into stretches, the same rows come of it: each event changes one job's row by what the
row and the event say, and nothing else. Several events of one job in a stretch are one write.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from arqlight.events import id_key
from arqlight.history.facts import Facts, json_of
from arqlight.history.failures import fingerprint_of, location_of
from arqlight.history.histograms import Histogram, bucket_of
from arqlight.history.models import Source
from arqlight.history.rows import JobState
from arqlight.history.states import State, seq_from
from arqlight.models import QUEUE_EVENTS, WORKER_EVENTS, Event, EventType, Outcome
from arqlight.redaction import Redaction

__all__ = ["ALL", "MINUTE_MS", "Changes", "Failure", "Rollup", "needs_row", "project"]

MINUTE_MS = 60_000
# In rollups: all queues, all functions.
ALL = "*"
_MOST_MESSAGE = 500
_MOST_TYPE = 200
_MOST_RESULT = 1_000
_MOST_LINE = 2_000

# Events that the tables have no use for, or not yet.
_PASSED_OVER = QUEUE_EVENTS | WORKER_EVENTS | {EventType.progress, EventType.abort_ignored}


@dataclass(slots=True)
class Rollup:
    """What ended in one minute, of one queue, function and outcome."""

    count: int = 0
    wait: Histogram = field(default_factory=Counter)
    run: Histogram = field(default_factory=Counter)


@dataclass(slots=True)
class Failure:
    """What failed with one fingerprint."""

    function: str
    error_type: str
    location: str
    message: str = ""
    first_ms: int = 0
    last_ms: int = 0
    last_seq: int = 0
    minutes: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class Seen:
    """When a worker was seen to start jobs, and of which queue."""

    queue: str
    first_ms: int
    last_ms: int


@dataclass(slots=True)
class Changes:
    """What is to be written: rows of jobs and bad tries, and what is added to the rest."""

    jobs: dict[int, JobState] = field(default_factory=dict)
    deleted: dict[str, None] = field(default_factory=dict)  # ids, whose rows go before others come
    tries: list[dict[str, Any]] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)
    rollups: defaultdict[tuple[int, str, str, int], Rollup] = field(
        default_factory=lambda: defaultdict(Rollup)
    )
    failures: dict[str, Failure] = field(default_factory=dict)
    batches: dict[str, JobState] = field(default_factory=dict)  # the first job of each
    workers: dict[str, Seen] = field(default_factory=dict)
    unknown: int = 0

    def count_end(self, row: dict[str, Any], at_ms: int) -> None:
        """Count a job that ended in the minute of ``at_ms``."""
        minute = at_ms // MINUTE_MS * MINUTE_MS
        for queue, function in ((row["queue"], row["function"]), (row["queue"], ALL), (ALL, ALL)):
            rollup = self.rollups[minute, queue, function, row["state"]]
            rollup.count += 1
            if row["wait_ms"] is not None:
                rollup.wait[bucket_of(row["wait_ms"])] += 1
            if row["run_ms"] is not None:
                rollup.run[bucket_of(row["run_ms"])] += 1

    def count_failure(self, row: dict[str, Any], location: str, at_ms: int) -> None:
        """Count a job that failed in the minute of ``at_ms``."""
        failure = self.failures.get(row["fingerprint"])
        if failure is None:
            failure = Failure(row["function"], row["error_type"], location, first_ms=at_ms)
            self.failures[row["fingerprint"]] = failure
        failure.message, failure.last_ms, failure.last_seq = row["error_message"], at_ms, row["seq"]
        failure.minutes[at_ms // MINUTE_MS * MINUTE_MS] += 1

    def note_batch(self, job: JobState) -> None:
        """Keep a batch's first job."""
        if job.values["batch_id"] is not None:
            self.batches.setdefault(job.values["batch_id"], job)


def needs_row(event: str) -> bool:
    """Whether an event changes a job that may be in the table already."""
    return event in _HANDLERS and event != EventType.enqueued


def project(
    events: Iterable[Event],
    known: dict[str, JobState],
    facts: Mapping[str, Facts],
    redaction: Redaction,
) -> Changes:
    """The changes that a stretch of events makes.

    events: in the log's order. known: the newest row of each job in them that is in the tables; it is brought
    up to date. facts: what the records of some of these jobs told.
    """
    projection = _Projection(known, facts, redaction)
    for event in events:
        projection.take(event)
    projection.fill()
    return projection.changes


class _Projection:
    """One stretch of the log."""

    def __init__(self, known: dict[str, JobState], facts: Mapping[str, Facts], redaction: Redaction) -> None:
        self.known = known
        self.facts = facts
        self.redaction = redaction
        self.changes = Changes()

    def take(self, event: Event) -> None:
        """Apply one event."""
        handler = _HANDLERS.get(event.event)
        if handler is None or not event.job_id:
            self.changes.unknown += event.event not in _PASSED_OVER
            return
        data = _data(event.data)
        if data is None:
            self.changes.unknown += 1
            return
        handler(self, event, data)

    def fill(self) -> None:
        """Put what the records told into the rows that lack it."""
        for job in self.changes.jobs.values():
            told = self.facts.get(job.values["job_id"])
            if told is not None and self.known.get(job.values["job_id"]) is job:
                _fill(job.values, told)
                self.changes.note_batch(job)

    # -- one method for each kind of event

    def enqueued(self, event: Event, data: dict[str, Any]) -> None:
        job = self._new(event)
        row = job.values
        row["function"] = _text(data.get("function"), _MOST_TYPE) or ""
        row["batch_id"] = _text(data.get("batch_id"), _MOST_TYPE)
        row["owner"] = _text(data.get("owner"), _MOST_TYPE)
        row["enqueue_ms"] = event.at_ms
        self.changes.note_batch(job)
        self._wait(row, event, data)

    def started(self, event: Event, data: dict[str, Any]) -> None:
        job = self._job(event)
        row = job.values
        row["state"] = int(State.in_progress)
        row["job_try"] = _number(data.get("job_try")) or row["job_try"] + 1
        row["start_ms"] = event.at_ms
        worker_id = row["worker_id"] = _text(data.get("worker_id"), _MOST_TYPE)
        if row["wait_ms"] is None and row["enqueue_ms"] is not None:
            row["wait_ms"] = max(0, event.at_ms - max(row["enqueue_ms"], row["due_ms"] or 0))
        if worker_id:
            seen = self.changes.workers.setdefault(worker_id, Seen(event.queue, event.at_ms, event.at_ms))
            seen.last_ms = event.at_ms

    def retrying(self, event: Event, data: dict[str, Any]) -> None:
        job = self._job(event)
        self._bad_try(job, event, data, "retrying")
        self._wait(job.values, event, data)

    def lost(self, event: Event, data: dict[str, Any]) -> None:
        job = self._job(event)
        self._bad_try(job, event, data, "lost")
        self._wait(job.values, event, data)

    def released(self, event: Event, data: dict[str, Any]) -> None:
        job = self._job(event)
        self._bad_try(job, event, data, "released")
        job.values["job_try"] = max(0, job.values["job_try"] - 1)
        self._wait(job.values, event, data)

    def due_now(self, event: Event, data: dict[str, Any]) -> None:
        job = self._job(event)
        if job.values["state"] in (State.deferred, State.queued):
            self._wait(job.values, event, data)

    def succeeded(self, event: Event, data: dict[str, Any]) -> None:
        job = self._end(event, data, State.succeeded)
        if data.get("result") is not None:
            text = json_of(self.redaction.value(data["result"]))
            job.values["result"] = text if len(text) <= _MOST_RESULT else None

    def failed(self, event: Event, data: dict[str, Any]) -> None:
        job = self._end(event, data, State.failed)
        row = job.values
        row["error_type"], row["error_message"] = self._error(data)
        told = self.facts.get(event.job_id)
        traceback = told.traceback if told is not None and told.finish_ms == row["finish_ms"] else None
        location = location_of(traceback)
        row["fingerprint"] = fingerprint_of(row["function"], row["error_type"], location)
        self._bad_try(job, event, data, "failed", traceback)
        self.changes.count_failure(row, location, event.at_ms)

    def aborted(self, event: Event, data: dict[str, Any]) -> None:
        self._end(event, data, State.aborted)

    def expired(self, event: Event, data: dict[str, Any]) -> None:
        self._end(event, data, State.expired)

    def log(self, event: Event, data: dict[str, Any]) -> None:
        """Lines that the job's function logged, one or several."""
        job = self.known.get(event.job_id)
        lines = data.get("lines")
        if job is None:
            return
        at_ms, counter = id_key(event.id)
        for number, line in enumerate(lines if isinstance(lines, list) else [data]):
            if not isinstance(line, dict):
                continue
            text = _text(line.get("text", line.get("message")), _MOST_LINE) or ""
            self.changes.logs.append(
                {
                    "seq": job.values["seq"],
                    "event": seq_from(at_ms, counter),
                    "number": number,
                    "at_ms": _number(line.get("at_ms")) or event.at_ms,
                    "job_try": _number(data.get("job_try")),
                    "level": _text(line.get("level"), _MOST_TYPE) or "INFO",
                    "logger": _text(line.get("logger"), _MOST_TYPE),
                    "text": self.redaction.text(text),
                }
            )

    def deleted(self, event: Event, _data: dict[str, Any]) -> None:
        """All that had the id goes; what was counted stays counted."""
        self.known.pop(event.job_id, None)
        self.changes.deleted[event.job_id] = None
        gone = {seq for seq, job in self.changes.jobs.items() if job.values["job_id"] == event.job_id}
        for seq in gone:
            del self.changes.jobs[seq]
        self.changes.tries = [one for one in self.changes.tries if one["seq"] not in gone]
        self.changes.logs = [one for one in self.changes.logs if one["seq"] not in gone]

    # -- what they share

    def _new(self, event: Event) -> JobState:
        at_ms, counter = id_key(event.id)
        job = JobState.new(seq_from(at_ms, counter), event.job_id, event.queue, Source.events)
        self.known[event.job_id] = job
        self._note(job, event)
        return job

    def _job(self, event: Event) -> JobState:
        """The job that an event is of; a new one, which plain arq enqueued, if the last one is complete."""
        job = self.known.get(event.job_id)
        if job is None or job.is_done:
            return self._new(event)
        self._note(job, event)
        return job

    def _note(self, job: JobState, event: Event) -> None:
        job.values["event_id"] = event.id
        self.changes.jobs[job.values["seq"]] = job

    def _wait(self, row: dict[str, Any], event: Event, data: dict[str, Any]) -> None:
        row["start_ms"] = None
        row["due_ms"] = _number(data.get("due_ms")) or event.at_ms
        row["state"] = int(State.deferred if row["due_ms"] > event.at_ms else State.queued)

    def _end(self, event: Event, data: dict[str, Any], state: State) -> JobState:
        job = self._job(event)
        row = job.values
        row["state"] = int(state)
        row["job_try"] = _number(data.get("job_try")) or row["job_try"]
        if not row["function"]:
            row["function"] = _text(data.get("function"), _MOST_TYPE) or ""
        row["finish_ms"] = _number(data.get("finish_ms")) or event.at_ms
        row["start_ms"] = _number(data.get("start_ms")) or row["start_ms"]
        if row["start_ms"] is not None and state is not State.expired:
            row["run_ms"] = max(0, row["finish_ms"] - row["start_ms"])
        # By the event's time, which only grows: a minute that is over stays as it is.
        self.changes.count_end(row, event.at_ms)
        return job

    def _bad_try(
        self, job: JobState, event: Event, data: dict[str, Any], ended: str, traceback: str | None = None
    ) -> None:
        row = job.values
        row["bad_tries"] += 1
        error_type, message = self._error(data) if "error" in data else (None, None)
        self.changes.tries.append(
            {
                "seq": row["seq"],
                "ordinal": row["bad_tries"],
                "job_try": _number(data.get("job_try")) or row["job_try"],
                "worker_id": _text(data.get("worker_id"), _MOST_TYPE) or row["worker_id"],
                "start_ms": row["start_ms"],
                "finish_ms": row["finish_ms"] if ended == "failed" else event.at_ms,
                "ended": ended,
                "next_ms": _number(data.get("due_ms")),
                "error_type": error_type,
                "error_message": message,
                "traceback": traceback,
            }
        )

    def _error(self, data: dict[str, Any]) -> tuple[str, str]:
        error = data.get("error")
        error = error if isinstance(error, dict) else {}
        message = _text(error.get("message"), _MOST_MESSAGE) or ""
        return _text(error.get("type"), _MOST_TYPE) or "Error", self.redaction.text(message)


_Handler = Callable[[_Projection, Event, dict[str, Any]], None]

_HANDLERS: dict[str, _Handler] = {
    EventType.enqueued.value: _Projection.enqueued,
    EventType.started.value: _Projection.started,
    EventType.retrying.value: _Projection.retrying,
    EventType.lost.value: _Projection.lost,
    EventType.released.value: _Projection.released,
    Outcome.succeeded.value: _Projection.succeeded,
    Outcome.failed.value: _Projection.failed,
    Outcome.aborted.value: _Projection.aborted,
    Outcome.expired.value: _Projection.expired,
    EventType.due_now.value: _Projection.due_now,
    EventType.deleted.value: _Projection.deleted,
    "log": _Projection.log,
}


def _fill(row: dict[str, Any], told: Facts) -> None:
    if row["call"] is None:
        row["args"], row["kwargs"], row["call"] = told.args, told.kwargs, told.call
    row["function"] = row["function"] or told.function or ""
    row["batch_id"] = row["batch_id"] or told.batch_id
    row["enqueue_ms"] = row["enqueue_ms"] or told.enqueue_ms


def _data(text: str) -> dict[str, Any] | None:
    try:
        data = json.loads(text)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53 else None


def _text(value: object, most: int) -> str | None:
    return value[:most].replace("\x00", "\ufffd") if isinstance(value, str) else None
