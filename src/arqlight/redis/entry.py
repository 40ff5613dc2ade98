"""A job to enqueue as ``enqueue.lua`` takes it."""

from arq.jobs import Serializer
from arq.utils import to_ms, to_unix_ms

from arqlight import payload
from arqlight.models import JobOptions, JobRequest
from arqlight.scripts import EnqueueEntry

__all__ = ["make_entry"]


def make_entry(
    request: JobRequest,
    job_id: str,
    enqueue_ms: int,
    data: str,
    *,
    batch_id: str | None = None,
    serializer: Serializer | None = None,
) -> EnqueueEntry:
    """Encode one job.

    Args:
        request: what to run, and its options.
        job_id: the id it gets, where the request names none.
        enqueue_ms: this moment, in Unix ms.
        data: the event's JSON, from `arqlight.events.enqueued_data`.
        batch_id: the batch it belongs to.
        serializer: arq's ``job_serializer``; pickle by default.

    Raises:
        arq.jobs.SerializationError: the arguments cannot be stored.
    """
    record = payload.encode_job(
        request.function,
        request.args,
        request.kwargs,
        request.job_try,
        enqueue_ms,
        batch_id=batch_id,
        owner=request.owner,
        serializer=serializer,
    )
    return EnqueueEntry(job_id, record, _due(request), _expiry(request), data)


def _due(options: JobOptions) -> str:
    """Unix ms, or "+ms" from the moment at which Redis is asked."""
    if options.defer_until is not None:
        return str(to_unix_ms(options.defer_until))
    return "+0" if options.defer_by is None else f"+{to_ms(options.defer_by)}"


def _expiry(options: JobOptions) -> str:
    """How many ms from then; empty for the default."""
    return "" if options.expires is None else str(to_ms(options.expires) or "")
