"""Entries of the event log: each becomes an event, whoever wrote it."""

import json
import re
from collections.abc import Mapping

from arqlight.models import Event
from arqlight.reading.values import Unreadable, json_object, name

__all__ = ["UNREADABLE", "event_from_entry"]

# The type of an event that stands for an entry that is none. Its data says why.
UNREADABLE = "unreadable"

_FIELDS = (b"event", b"job_id", b"queue", b"data")
# A later version may know more types than this one; each is a plain word.
_TYPE = re.compile(rb"[a-z][a-z_]{0,63}")
_MOST_DATA = 262_144
# What is told of each event beside its data, which may not say otherwise.
_RESERVED = frozenset(("id", "event", "job_id", "queue", "at_ms"))


def event_from_entry(entry_id: bytes, fields: Mapping[bytes, bytes]) -> Event:
    """The event that an entry holds; one of type `UNREADABLE` in its place if it holds none.

    There is an event for each entry, so that whoever reads on after the last one makes headway. ``data`` is
    always the text of one JSON object, in which nothing contradicts the event's own fields.
    """
    read = _read(fields)
    if isinstance(read, Unreadable):
        return Event(entry_id.decode(), UNREADABLE, "", "", json.dumps({"why": read.why}))
    return Event(entry_id.decode(), *read)


def _read(fields: Mapping[bytes, bytes]) -> tuple[str, str, str, str] | Unreadable:
    missing = [field.decode() for field in _FIELDS if field not in fields]
    if missing:
        return Unreadable(f"no {', '.join(missing)}")
    kind, raw_id, raw_queue, raw_data = (fields[field] for field in _FIELDS)
    if not _TYPE.fullmatch(kind):
        return Unreadable("its type is no plain word")
    job_id, queue, data = name(raw_id), name(raw_queue), _data(raw_data)
    for part in (job_id, queue, data):
        if isinstance(part, Unreadable):
            return part
    return kind.decode(), str(job_id), str(queue), str(data)


def _data(raw: bytes) -> str | Unreadable:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return Unreadable("its data is no UTF-8")
    value = json_object(text, _MOST_DATA)
    if isinstance(value, Unreadable):
        return value
    if _RESERVED.isdisjoint(value):
        return text
    return json.dumps({key: item for key, item in value.items() if key not in _RESERVED})
