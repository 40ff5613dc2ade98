"""What needs an operator's attention, worked out from what is known: each a sentence, and where to look."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from arqlight.history import FailureGroup, FunctionStats, JobRow
from arqlight.models import WorkerInfo
from arqlight.web.api.models.queues import QueueLine
from arqlight.web.api.models.stats import Attention, Link, Recorder

__all__ = ["Facts", "attention"]

# Jobs that ended in an hour, below which a share of failures says little.
_FEW = 5
_FAILING, _OFTEN_FAILING = 0.05, 0.5
_LONG_WAIT_MS = 60_000
_LONG_DRAIN_MS = 600_000
# arq's job_timeout is 300 s; a worker of hours keeps a hung job for hours.
_LONG_TIMEOUT_S = 6 * 3600


class Facts(NamedTuple):
    """What is looked at."""

    queues: Sequence[QueueLine]
    workers: Sequence[WorkerInfo]
    failures: Sequence[FailureGroup]
    functions: Sequence[FunctionStats]
    running: Sequence[JobRow]
    recorder: Recorder
    now_ms: int


def attention(facts: Facts) -> list[Attention]:
    """What should be looked at, the worst first."""
    found = [
        *_queues(facts),
        *_silent_workers(facts),
        *_functions(facts),
        *_workers(facts),
        *_recorder(facts),
    ]
    return sorted(found, key=lambda one: one.level != "bad")


def _queues(facts: Facts) -> Iterator[Attention]:
    for queue in facts.queues:
        link = Link(page="queues", query={"queue": queue.name})
        jobs = f"{queue.depth:,} job{'s wait' if queue.depth != 1 else ' waits'}"
        if queue.paused:
            text = f"The queue {queue.name} is paused; {jobs}."
            yield Attention(kind="paused", level="odd", text=text, link=link)
        elif queue.served_by == "none" and queue.depth:
            text = f"No worker serves the queue {queue.name}, and {jobs}."
            yield Attention(kind="no_worker", level="bad", text=text, link=link)
        elif queue.oldest_ms is not None and facts.now_ms - queue.oldest_ms > _LONG_WAIT_MS:
            waited = _in_words(facts.now_ms - queue.oldest_ms)
            level = "bad" if queue.drain_ms is None or queue.drain_ms > _LONG_DRAIN_MS else "odd"
            text = f"Jobs of the queue {queue.name} wait for {waited}; {jobs}."
            yield Attention(kind="growing_queue", level=level, text=text, link=link)


def _functions(facts: Facts) -> Iterator[Attention]:
    for function in facts.functions:
        ended = sum(function.recent.values())
        failed = function.recent.get("failed", 0)
        if ended < _FEW or failed / ended < _FAILING:
            continue
        often = f"{failed:,} of {ended:,} times in the last hour"
        text = f"{function.name} failed {often}{_why(facts, function.name)}."
        yield Attention(
            kind="failing_function",
            level="bad" if failed / ended >= _OFTEN_FAILING else "odd",
            text=text,
            link=Link(page="failures", query={"function": function.name}),
        )


def _why(facts: Facts, function: str) -> str:
    kinds = [group.error_type.rpartition(".")[2] for group in facts.failures if group.function == function]
    return f", mostly with {kinds[0]}" if kinds else ""


def _silent_workers(facts: Facts) -> Iterator[Attention]:
    """Workers that are gone, and whose jobs nobody has taken over yet. Plain arq's have no name."""
    up = {worker.worker_id for worker in facts.workers}
    left = Counter(job.worker_id for job in facts.running if job.worker_id and job.worker_id not in up)
    for worker_id, count in left.items():
        jobs = "a job in progress waits" if count == 1 else f"{count:,} jobs in progress wait"
        text = f"The worker {worker_id} is silent; {jobs} for another."
        link = Link(page="workers", query={"worker": worker_id})
        yield Attention(kind="silent_worker", level="bad", text=text, link=link)


def _workers(facts: Facts) -> Iterator[Attention]:
    for worker in facts.workers:
        link = Link(page="workers", query={"worker": worker.worker_id})
        if worker.jobs_running >= worker.max_jobs:
            text = f"All {worker.max_jobs:,} slots of the worker {worker.worker_id} are taken."
            yield Attention(kind="full_worker", level="odd", text=text, link=link)
        if worker.job_timeout_s > _LONG_TIMEOUT_S:
            limit = f"a job_timeout of {worker.job_timeout_s / 3600:.0f} hours"
            text = f"The worker {worker.worker_id} has {limit}: a job that hangs keeps its slot so long."
            yield Attention(kind="long_timeout", level="odd", text=text, link=link)


def _recorder(facts: Facts) -> Iterator[Attention]:
    recorder = facts.recorder
    if recorder.state == "behind":
        text = f"The history is {_in_words(recorder.behind_ms)} behind what happens."
        yield Attention(kind="recorder_behind", level="odd", text=text, link=Link(page="jobs"))
    if recorder.gaps:
        text = "A stretch of the event log was trimmed before it was recorded; its jobs may be missing."
        yield Attention(kind="gap", level="odd", text=text, link=Link(page="jobs"))


def _in_words(span_ms: int) -> str:
    seconds = span_ms // 1000
    if seconds < 120:  # noqa: PLR2004  two minutes
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"  # noqa: PLR2004  two hours
