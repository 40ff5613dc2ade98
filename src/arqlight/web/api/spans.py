"""A job's life as stretches of time: put off, waiting, each try, the pauses between tries."""

from collections.abc import Sequence
from itertools import zip_longest

from arqlight.web.api.models.listing import JobLine, Span, TryLine

__all__ = ["spans_of"]

# A job that is due at once is so a few ms after it was enqueued: Redis gets it then, by its own clock.
_LEAST_DEFERRAL_MS = 100


def spans_of(job: JobLine, tries: Sequence[TryLine]) -> list[Span]:
    """The stretches in the order of time. The last one of a job that is not complete lasts."""
    spans = []
    began = job.enqueue_ms
    if began is None:
        return []
    first = tries[0].start_ms if tries else None
    is_over = job.status == "complete"
    # When the wait for the first try was over, if it is.
    until = first if first is not None else (job.finish_ms if is_over else None)
    due = _first_due(job, tries)
    if due is not None and due - began >= _LEAST_DEFERRAL_MS and (until is None or due <= until):
        spans.append(Span(kind="deferred", from_ms=began, to_ms=None if _is_put_off(job, tries) else due))
        began = due
    if not _is_put_off(job, tries) and (until is None or until >= began):
        spans.append(Span(kind="waiting", from_ms=began, to_ms=until))
    for one, following in zip_longest(tries, tries[1:]):
        spans.extend(_of_try(job, one, following))
    return spans


def _is_put_off(job: JobLine, tries: Sequence[TryLine]) -> bool:
    return job.status == "deferred" and not tries


def _first_due(job: JobLine, tries: Sequence[TryLine]) -> int | None:
    """When the first try was due; what a job says is of the next try, once there was one."""
    if not tries:
        return job.due_ms
    first = tries[0].start_ms
    return first - job.wait_ms if first is not None and job.wait_ms is not None else None


def _of_try(job: JobLine, one: TryLine, following: TryLine | None) -> list[Span]:
    if one.start_ms is None:
        return []
    spans = [
        Span(
            kind="running",
            from_ms=one.start_ms,
            to_ms=one.finish_ms,
            job_try=one.number,
            worker_id=one.worker_id,
            ended=one.ended,
        )
    ]
    waits_again = following is not None or job.status in ("deferred", "queued")
    if one.finish_ms is not None and waits_again:
        spans.append(
            Span(
                kind="retry_pause",
                from_ms=one.finish_ms,
                to_ms=following.start_ms if following is not None else None,
                job_try=one.number + 1,
            )
        )
    return spans
