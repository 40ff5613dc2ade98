"""What the beginning of a job or result record tells, when the record cannot be read to its end."""

from types import NoneType
from typing import Any

from arqlight.payload.machine import Machine
from arqlight.payload.values import RawCut, RawDict

# The record's keys, and the types that their values have while they are in the machine. None: any.
_TYPES: dict[str, tuple[type, ...] | None] = {
    "t": (int, NoneType),
    "f": (str,),
    "et": (int,),
    "s": (bool,),
    "st": (int,),
    "ft": (int,),
    "q": (str,),
    "id": (str,),
    "arqlight": (RawDict,),
    "k": (RawDict,),
    "a": (tuple, list),
    "r": None,
}
# The keys that may follow a long value, in arq's order or in ours.
_FOLLOWERS = {"a": ("k", "r"), "k": ("a", "et"), "r": ("st",)}
_SCALAR_KEYS = frozenset(("t", "f", "et", "s", "st", "ft", "q", "id"))


def partial_record(m: Machine, cut: RawCut) -> RawDict | None:
    """Return what a stopped machine has read of a record: its whole pairs, and ``cut`` for the key it was at.

    Returns None if the pickle does not begin as a record. The pairs of a preface (see aborted.py) come last,
    for they are what counts.
    """
    pairs, pending = _top_dict(m)
    if pairs is None:
        return m.preface
    seen = {key for key in pairs[::2] if type(key) is str}
    whole, open_key = _whole_pairs(pending, seen)
    items = [*pairs, *whole]
    if open_key is not None:
        items += [open_key, cut]
    if m.preface is not None:
        items += m.preface.items
    return RawDict(items)


def _top_dict(m: Machine) -> tuple[list[Any] | None, list[Any]]:
    """Return the outermost dict's pairs, None if there is no such dict, and the values that wait for it."""
    bottom, *above = [*m.outer, m.stack]
    if not bottom or type(bottom[0]) is not RawDict:
        return None, []
    if len(bottom) == 1 and above:
        return bottom[0].items, above[0]
    return bottom[0].items, bottom[1:]


def _whole_pairs(pending: list[Any], seen: set[str]) -> tuple[list[Any], str | None]:
    """Return those of the pending values that are whole pairs, and the key whose value is not whole, if any.

    A value is whole if the next key follows it, or if it is a scalar where the record has only scalars:
    otherwise it may be the first of several that were to become one. What remains is that a tuple inside the
    value may look like a key and its value; it would have to hold the very key that the record has next.
    """
    count, key = 0, None
    while count < len(pending) and _is_next_key(pending[count], key, seen):
        key = pending[count]
        if count + 1 == len(pending) or not _fits(key, pending[count + 1]):
            return pending[:count], key
        seen.add(key)
        count += 2
    if count and (count < len(pending) or pending[count - 2] not in _SCALAR_KEYS):
        return pending[: count - 2], pending[count - 2]
    return pending[:count], None


def _is_next_key(key: Any, previous: str | None, seen: set[str]) -> bool:
    allowed = _FOLLOWERS.get(previous, _TYPES) if previous else _TYPES
    return type(key) is str and key in allowed and key not in seen


def _fits(key: str, value: Any) -> bool:
    types = _TYPES[key]
    return types is None or type(value) in types
