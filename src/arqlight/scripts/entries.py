"""What the scripts take for each of many jobs."""

from collections.abc import Iterable
from typing import Any, NamedTuple

__all__ = ["EnqueueEntry", "FinishEntry", "RescheduleEntry", "grouped"]


class EnqueueEntry(NamedTuple):
    """One job to enqueue: ``enqueue.lua``'s fields, first its own, then those it may share with others."""

    job_id: str
    record: bytes
    due: str
    expires: str
    data: str


class FinishEntry(NamedTuple):
    """One job to finish: ``finish.lua``'s fields, first its own, then those it may share with others."""

    job_id: str
    record: bytes
    data: str
    holder: str
    job_try: int
    expiry_ms: int | str
    keep_ms: int
    event: str


class RescheduleEntry(NamedTuple):
    """One job to give back; the fields are ``reschedule.lua``'s, in its order."""

    job_id: str
    holder: str
    job_try: int
    delay_ms: int
    uncharged: int
    event: str
    data: str
    record: bytes = b""


def grouped(entries: Iterable[tuple[Any, ...]], own: int) -> list[Any]:
    """Entries as the scripts take them: what neighbours share is sent once, before their ``own`` fields.

    Each argument costs the server about a tenth of what the whole job does.
    """
    values: list[Any] = []
    shared: tuple[Any, ...] | None = None
    count_at = 0
    for entry in entries:
        if entry[own:] != shared:
            shared = entry[own:]
            count_at = len(values)
            values.append(0)
            values += shared
        values[count_at] += 1
        values += entry[:own]
    return values
