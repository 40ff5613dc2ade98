"""Reads job and result records for people to look at, without running or importing anything.

The web process uses this and never unpickles: a record may come from anyone who can write to Redis. A
pickle goes through the machine in ``opcodes``; what no pickle is goes through the settings' own deserializer,
if there is one. Either way ``plain`` bounds what comes out.
"""

import functools
from collections.abc import Callable
from typing import Any

from arq.jobs import Deserializer

from arqlight.payload.bounding import LIMITS, Limits, measured, plain
from arqlight.payload.budget import Budget
from arqlight.payload.machine import CutError, Machine, ReadError
from arqlight.payload.opcodes import run
from arqlight.payload.partial import partial_record
from arqlight.payload.sealed import unsealed
from arqlight.payload.values import RawCut, RawDict

MAX_BYTES = 65_536
_HIGHEST_PROTOCOL = b"\x05"
# What a dict or a list starts with in protocols 0 and 1.
_OLD_STARTS = (b"(", b"}", b"]")
_UNSAFE_MODULES = frozenset(
    ("pickle", "_pickle", "dill", "dill._dill", "cloudpickle", "cloudpickle.cloudpickle")
)
_MAX_INTEGER = 1 << 53
_HEAD_BYTES = 128
_UNKNOWN_SERIALIZER = RawCut(
    "it is no pickle, and no serializer is named here that reads it: Queue.connect(serializer='json')",
    marker="$unreadable",
)
_MARKERS = frozenset(("$truncated", "$unreadable"))
# For what is told of a job when its arguments and result are not.
_FACTS = Limits(depth=4, nodes=48, text=512, total_text=4_096, steps=256)
_LONG_KEYS = frozenset(("a", "k", "r"))

__all__ = [
    "LIMITS",
    "MAX_BYTES",
    "Limits",
    "UntrustedError",
    "check_deserializer",
    "peek",
    "plain",
    "read_facts",
    "read_record",
    "unpickles",
]


class UntrustedError(Exception):
    """A deserializer is not called, since nobody said that it is safe. Raised in place of calling it."""


def peek(
    data: bytes,
    *,
    deserializer: Deserializer | None = None,
    max_bytes: int = MAX_BYTES,
    limits: Limits = LIMITS,
) -> Any:
    """Return what a payload holds as plain data for JSON, in the forms that ``plain`` describes.

    data: a pickle of protocol 0 to 5, or what ``deserializer`` reads. max_bytes: no more than that many are
    read. A record that is cut short yields the pairs before the cut, the cut value as {"$truncated": why},
    maybe with "head", the beginning of its text, and a key "$truncated" of its own. What cannot be read is
    {"$unreadable": why}. Raises ValueError if the deserializer is pickle's own, and nothing else.
    """
    return plain(_read(data, len(data), deserializer, max_bytes), limits)


def read_record(
    data: bytes,
    total_bytes: int | None = None,
    deserializer: Deserializer | None = None,
    *,
    max_bytes: int = MAX_BYTES,
    limits: Limits = LIMITS,
    budget: Budget | None = None,
) -> dict[str, Any]:
    """Return what can be read of a job or result record, under arq's keys and "arqlight".

    data: the record or its beginning. total_bytes: the record's real size, if ``data`` may be only its
    beginning. A key is there only if its value could be read and has the right type: t, et, st, ft int (t
    may be None), s bool, f, q, id str, arqlight dict. a (list), k (dict) and r (anything) may also be
    {"$truncated": why}. "$truncated" or "$unreadable" says why the record is not whole. budget: what is left
    for all records of an answer; what this one takes is taken off. Raises ValueError if the deserializer is
    pickle's own.
    """
    total = len(data) if total_bytes is None else max(total_bytes, len(data))
    value = _with_advice(data, _read(data, total, deserializer, max_bytes), deserializer)
    if budget is None:
        return _checked(plain(value, limits))
    record, used = measured(value, budget.share(limits))
    budget.spend(used)
    return _checked(record)


def read_facts(
    data: bytes,
    total_bytes: int,
    deserializer: Deserializer | None = None,
    *,
    max_bytes: int = MAX_BYTES,
) -> dict[str, Any]:
    """Return the same without arguments, and with so little of the result that its type can be told."""
    value = _read(data, max(total_bytes, len(data)), deserializer, max_bytes)
    value = _with_advice(data, value, deserializer)
    pairs = _pairs_of(value)
    if pairs is None:
        return _checked(plain(value, _FACTS))
    facts = [part for key, item in pairs if key not in _LONG_KEYS for part in (key, item)]
    result = [part for key, item in pairs if key == "r" for part in (key, item)]
    return _checked(plain(RawDict(facts + result), _FACTS))


def _pairs_of(value: Any) -> list[tuple[Any, Any]] | None:
    """Return those pairs of a dict whose keys are text; None of anything else."""
    if type(value) is RawDict:
        found = zip(value.items[::2], value.items[1::2], strict=True)
    elif type(value) is dict:
        found = zip(value.keys(), value.values(), strict=True)
    else:
        return None
    return [(key, item) for key, item in found if type(key) is str]


def _checked(record: Any) -> dict[str, Any]:
    """Return those keys of a record whose values have the right types."""
    if type(record) is not dict:
        return {"$unreadable": "no record: its payload is not a dict"}
    return {key: value for key, value in record.items() if key in _CHECKS and _CHECKS[key](value)}


def unpickles(deserializer: Deserializer | None) -> bool:
    """Whether a deserializer is pickle's own or built on it, so that it runs what a record says."""
    function: Any = deserializer
    while type(function) is functools.partial:
        function = function.func
    return getattr(function, "__module__", None) in _UNSAFE_MODULES


def check_deserializer(deserializer: Deserializer | None) -> None:
    """Raise ValueError if a deserializer unpickles."""
    if unpickles(deserializer):
        raise ValueError(
            "peek does not unpickle: pickle's own loads would run whatever a record tells it to. "
            "Leave the deserializer out; pickled records are read without one."
        )


def _read(data: bytes, total: int, deserializer: Deserializer | None, max_bytes: int) -> Any:
    """Return the payload's value, with stand-ins for what could not be read of it."""
    check_deserializer(deserializer)
    data, total = unsealed(bytes(data[:max_bytes]), total)
    if deserializer is None:
        return _unpickled(data, total)[0]
    if not _starts_like_pickle(data):
        return _deserialized(data, total, deserializer)
    value, is_whole = _unpickled(data, total)
    if is_whole:
        return value
    other = _deserialized(data, total, deserializer)
    return value if type(other) is RawCut else other


def _with_advice(data: bytes, value: Any, deserializer: Deserializer | None) -> Any:
    """The same, or, for a record of a serializer that is not known here, what to do about that."""
    data = unsealed(data[:_HEAD_BYTES], 0)[0]
    is_unknown = deserializer is None and type(value) is RawCut and value.marker == "$unreadable"
    return _UNKNOWN_SERIALIZER if is_unknown and not _starts_like_pickle(data) else value


def _starts_like_pickle(data: bytes) -> bool:
    return (data[:1] == b"\x80" and data[1:2] <= _HIGHEST_PROTOCOL) or data[:1] in _OLD_STARTS


def _unpickled(data: bytes, total: int) -> tuple[Any, bool]:
    """Return what the machine makes of the payload, and whether that is all of it."""
    m = Machine(data)
    try:
        return run(m)[0], True
    except ReadError as problem:
        return _told(m, problem, total), False


def _told(m: Machine, problem: ReadError, total: int) -> Any:
    """Return what can be told of a payload on which the machine stopped."""
    is_cut = isinstance(problem, CutError)
    marker = "$truncated" if is_cut else "$unreadable"
    why = f"{total:,} bytes, {m.size:,} of them read" if is_cut and total > m.size else problem.why
    cut = RawCut(why, marker=marker)
    record = partial_record(m, problem.operand or cut)
    if record is None:
        return cut
    record.items += [marker, why]
    return record


def _deserialized(data: bytes, total: int, deserializer: Deserializer) -> Any:
    if total > len(data):
        return RawCut(f"{total:,} bytes")
    try:
        return deserializer(data)
    except UntrustedError as error:
        return RawCut(str(error), marker="$unreadable")
    except Exception as error:  # noqa: BLE001  it is the application's: it may raise anything
        return RawCut(f"the deserializer raised {type(error).__name__}", marker="$unreadable")


def _is_integer(value: Any) -> bool:
    return type(value) is int and -_MAX_INTEGER < value < _MAX_INTEGER


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_dict(value: Any) -> bool:
    return type(value) is dict


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "t": lambda value: value is None or _is_integer(value),
    "f": _is_text,
    "et": _is_integer,
    "s": lambda value: type(value) is bool,
    "st": _is_integer,
    "ft": _is_integer,
    "q": _is_text,
    "id": _is_text,
    "arqlight": _is_dict,
    "k": _is_dict,
    "a": lambda value: type(value) is list or (type(value) is dict and not _MARKERS.isdisjoint(value)),
    "r": lambda _: True,
    "$truncated": _is_text,
    "$unreadable": _is_text,
}
