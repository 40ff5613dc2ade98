"""What Redis holds, read with suspicion: a value of a known type and size, or `Unreadable` and why.

Anyone who shares the Redis may have written it. ``values`` judges what a key or a field holds, ``records``
whole records, ``log`` entries of the event log, and ``fetching`` asks Redis for no more than is going to be
read. Job and result records are `arqlight.payload`'s.
"""

from arqlight.reading.fetching import fetch, fetch_many, is_wrong_type
from arqlight.reading.log import UNREADABLE, event_from_entry
from arqlight.reading.records import (
    MOST_BATCH,
    MOST_WORKER,
    BatchRecord,
    Holder,
    batch_record,
    holder,
    progress,
    worker_record,
)
from arqlight.reading.values import (
    Unreadable,
    count,
    finite,
    is_later,
    json_object,
    moment_ms,
    name,
    shortened,
)

__all__ = [
    "MOST_BATCH",
    "MOST_WORKER",
    "UNREADABLE",
    "BatchRecord",
    "Holder",
    "Unreadable",
    "batch_record",
    "count",
    "event_from_entry",
    "fetch",
    "fetch_many",
    "finite",
    "holder",
    "is_later",
    "is_wrong_type",
    "json_object",
    "moment_ms",
    "name",
    "progress",
    "shortened",
    "worker_record",
]
