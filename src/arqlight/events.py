"""Reading the event log: the Redis stream that tells everything that happens to jobs.

Entries are written by the scripts in ``lua/``, in the same call that makes them true; docs/events.md lists
them. What somebody else has put there comes as an event of type ``unreadable``. A key of another type in the
log's place is a log without events.
"""

import json
from functools import lru_cache
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from arqlight import keys
from arqlight.models import Event
from arqlight.reading import event_from_entry, is_wrong_type

__all__ = ["START", "EventLog", "LogBounds", "enqueued_data", "id_key"]

# The id before every event.
START = "0-0"
# Two unsigned 64-bit numbers and a dash.
_MOST_ID_CHARACTERS = 41


def id_key(event_id: str) -> tuple[int, int]:
    """An event id in an order that compares as the log does.

    Raises:
        ValueError: the text is no event id (``milliseconds-sequence``).
    """
    at_ms, _, sequence = event_id.partition("-")
    if (
        not (at_ms.isdecimal() and (sequence.isdecimal() or not sequence))
        or len(event_id) > _MOST_ID_CHARACTERS
    ):
        raise ValueError(f"{event_id[:60]!r} is not an event id; one looks like '1764000000000-0'")
    return int(at_ms), int(sequence or 0)


def enqueued_data(
    function: str, batch_id: str | None, owner: str | None = None, *, copy_of: str | None = None
) -> str:
    """The JSON of an ``enqueued`` event without its closing brace: the script adds when the job is due.

    ``copy_of`` is the job whose function and arguments it has, if somebody ran that one again.
    """
    owned = "" if owner is None else f',"owner":{_json(owner)}'
    copied = "" if copy_of is None else f',"copy_of":{_json(copy_of)}'
    return f'{{"function":{_json(function)},"batch_id":{_json(batch_id)}{owned}{copied}'


_json = lru_cache(maxsize=1024)(json.dumps)


class LogBounds(NamedTuple):
    """What the log holds: its first and last id (`START` when empty), and whether it dropped older events."""

    first_id: str
    last_id: str
    trimmed: bool

    def has_all_after(self, event_id: str) -> bool:
        """Whether every event later than ``event_id`` is still there.

        False also for an id later than the log's last one: that log is not the one the id came from.
        """
        after = id_key(event_id)
        if after > id_key(self.last_id):
            return False
        if event_id == START:
            return not self.trimmed
        # An id from before the first one is of an event that is gone: trimmed, or of a log that was lost.
        return after >= id_key(self.first_id)


_EMPTY = LogBounds(START, START, trimmed=False)


class EventLog:
    """Reads the log. Needs a client that does not decode responses, such as arq's."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    async def read(self, after: str, *, block_ms: int | None = None, count: int = 1000) -> list[Event]:
        """The events later than ``after``, ``count`` at most, waiting ``block_ms`` for the first of them.

        Without ``block_ms`` it does not wait. Returns an empty list when there is none.
        """
        reply: Any = await self.redis.xread({keys.EVENTS: after}, count=count, block=block_ms)
        if not reply:
            return []
        return [event_from_entry(entry_id, fields) for entry_id, fields in reply[0][1]]

    async def read_between(self, after: str, last: str, *, count: int = 1000) -> list[Event]:
        """The events later than ``after`` up to ``last`` inclusive, ``count`` at most."""
        try:
            reply: Any = await self.redis.xrange(keys.EVENTS, min=f"({after}", max=last, count=count)
        except ResponseError as error:
            if is_wrong_type(error):
                return []
            raise
        return [event_from_entry(entry_id, fields) for entry_id, fields in reply]

    async def bounds(self) -> LogBounds:
        """The log's first and last id, and whether it was trimmed."""
        if not await self.redis.exists(keys.EVENTS):
            return _EMPTY
        try:
            info: Any = await self.redis.xinfo_stream(keys.EVENTS)
        except ResponseError as error:
            if is_wrong_type(error):
                return _EMPTY
            raise
        first = info.get("first-entry")
        last_id = info["last-generated-id"].decode()
        # Servers before 7.0 do not count what was added; there, what is not there counts as dropped.
        added = info.get("entries-added", info["length"] + 1)
        return LogBounds(first[0].decode() if first else last_id, last_id, trimmed=added > info["length"])

    async def last_id(self) -> str:
        """The id of the last event, `START` when there was none."""
        return (await self.bounds()).last_id
