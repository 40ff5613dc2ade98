"""A job to enqueue as ``enqueue.lua`` takes it."""

from arq.jobs import Serializer
from arq.utils import to_ms, to_unix_ms

from arqlight import payload
from arqlight.models import JobRequest
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
    # Unix ms, or "+ms" from the moment at which Redis is asked.
    due = "+0"
    if request.defer_until is not None:
        due = str(to_unix_ms(request.defer_until))
    elif request.defer_by is not None:
        due = f"+{to_ms(request.defer_by)}"
    # How many ms from then; empty for the default.
    expires = "" if request.expires is None else str(to_ms(request.expires) or "")
    return EnqueueEntry(job_id, record, due, expires, data)
