"""The record of a job that is to run again, made of its result's record or its own, without unpickling it.

A pickled result is the opcodes of a dict that has the job's keys, its result ``r`` and more. The new record
is the same bytes up to where ``r`` begins, then opcodes that set the keys that are new. So the arguments
survive exactly, the result does not come along, and nothing runs.
"""

from typing import Any, NamedTuple

from arq.jobs import Deserializer, Serializer

from arqlight.payload.machine import Machine, ReadError
from arqlight.payload.opcodes import STOP, step
from arqlight.payload.peek import check_deserializer
from arqlight.payload.pushing import pushed_items
from arqlight.payload.records import UNKNOWN_FUNCTION, encode_job, job_facts
from arqlight.payload.values import RawDict

__all__ = ["Again", "job_again"]

_NEEDED = ("f", "a", "k")
_FRAME, _SETITEMS, _SETITEM = 0x95, ord("u"), ord("s")
# A frame's opcode with its length.
_FRAME_BYTES = 9


class Again(NamedTuple):
    """A job to enqueue anew. ``function`` is what its record says."""

    record: bytes
    function: str
    batch_id: str | None
    owner: str | None


def job_again(
    payload: bytes,
    *,
    enqueue_ms: int,
    serializer: Serializer | None = None,
    deserializer: Deserializer | None = None,
) -> Again | None:
    """Return the record of a job with the function and the arguments that another record tells of.

    payload: a result's record, or a job's. enqueue_ms: Unix ms. serializer, deserializer: the settings' own,
    used only if the record is no pickle. None if the record cannot be read, or tells no function.
    """
    try:
        kept, values = _up_to_result(payload)
    except ReadError:
        return _decoded(payload, enqueue_ms, serializer, deserializer)
    function, batch_id, owner = _facts_of(values)
    if function is None:
        return None
    facts = {"t": None, "et": enqueue_ms, "arqlight": job_facts(batch_id, owner)}
    return Again(kept + b"(" + pushed_items(facts) + b"u.", function, batch_id, owner)


class _Places:
    """Where the values on a machine's stack begin: positions in its pickle, kept in step with it."""

    def __init__(self) -> None:
        self.current: list[int] = []
        self.outer: list[tuple[int, list[int]]] = []

    def follow(self, m: Machine, begin: int) -> None:
        """The machine has run the opcode at ``begin``."""
        if len(m.outer) > len(self.outer):
            self.outer.append((begin, self.current))
            self.current = []
            return
        while len(m.outer) < len(self.outer):
            begin, self.current = self.outer.pop()
        size = len(m.stack)
        if size > len(self.current):
            self.current.append(begin)
        # What was made of several values begins where the first of them does.
        del self.current[size:]


def _up_to_result(payload: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return a pickled record up to its result, its dict complete, and the values of its keys till there.

    Raises ReadError if it is no pickled record.
    """
    m, places, frames, position = Machine(payload), _Places(), [], 0
    values: dict[str, Any] = {}
    while (position < m.size) and (code := payload[position]) != STOP:
        if code == _FRAME:
            frames.append(position)
        if code in (_SETITEMS, _SETITEM):
            pairs, begins = _top_pairs(m, places, code)
            for i in range(0, len(pairs) - 1, 2):
                if pairs[i] == "r" and type(pairs[i]) is str:
                    closing = b"u" if code == _SETITEMS else b""
                    return _unframed(payload, begins[i], frames) + closing, values
                if type(pairs[i]) is str:
                    values[pairs[i]] = pairs[i + 1]
        begin, position = position, step(m, position)
        places.follow(m, begin)
    if position >= m.size:
        raise m.cut()
    return _unframed(payload, position, frames), values


def _top_pairs(m: Machine, places: _Places, code: int) -> tuple[list[Any], list[int]]:
    """Return what is about to be set in the outermost dict, and where it begins; nothing if it is another."""
    if code == _SETITEMS and len(m.outer) == 1 and _is_record(m.outer[0]):
        return m.stack, places.current
    if code == _SETITEM and not m.outer and len(m.stack) == 3 and _is_record(m.stack[:1]):  # noqa: PLR2004
        return m.stack[1:], places.current[1:]
    return [], []


def _is_record(bottom: list[Any]) -> bool:
    return len(bottom) == 1 and type(bottom[0]) is RawDict


def _unframed(payload: bytes, end: int, frames: list[int]) -> bytes:
    """Return the pickle up to ``end`` without its frames, whose lengths would not be true any more."""
    pieces, begin = [], 0
    for frame in frames:
        pieces.append(payload[begin:frame])
        begin = frame + _FRAME_BYTES
    return b"".join([*pieces, payload[begin:end]])


def _facts_of(values: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Return the function, None if it or its arguments are not told; the batch, and the owner."""
    function = values.get("f")
    if type(function) is not str or function == UNKNOWN_FUNCTION or not all(key in values for key in _NEEDED):
        function = None
    extra = values.get("arqlight")
    items = extra.items if type(extra) is RawDict else []
    noted = {key: value for key, value in zip(items[::2], items[1::2], strict=True) if type(key) is str}
    batch_id, owner = noted.get("batch_id"), noted.get("owner")
    return function, batch_id if type(batch_id) is str else None, owner if type(owner) is str else None


def _decoded(
    payload: bytes, enqueue_ms: int, serializer: Serializer | None, deserializer: Deserializer | None
) -> Again | None:
    """Return the job that the settings' own deserializer makes of the record."""
    check_deserializer(deserializer)
    if deserializer is None:
        return None
    try:
        record = deserializer(payload)
        function, args, kwargs = (record[key] for key in _NEEDED)
        extra = record.get("arqlight") or {}
        batch_id, owner = extra.get("batch_id"), extra.get("owner")
        if not isinstance(function, str) or function == UNKNOWN_FUNCTION:
            return None
        new = encode_job(
            function, args, kwargs, None, enqueue_ms, batch_id=batch_id, owner=owner, serializer=serializer
        )
    except Exception:  # noqa: BLE001  the deserializer is the application's: it may raise anything
        return None
    return Again(new, function, batch_id, owner)
