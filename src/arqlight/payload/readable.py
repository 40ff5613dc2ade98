"""Readable forms of the standard library's value types, worked out from what a pickle holds of them.

Only this module's own imports are used: the classes that a record names are never looked up. A form is made
anew for each reference to an object, so it may not scan or copy what many objects can share; what it does
take is in ``effort``.
"""

import datetime as dt
import fractions
import pathlib
import uuid
from collections.abc import Callable
from typing import Any

from arqlight.payload.values import RawBytes, RawDict, RawGlobal, RawJoined, RawObject

HEAD_BYTES = 768
_MAX_NAME = 200
_MAX_PATH = 4_096
_MAX_PATH_PARTS = 256
# Building a path takes about as long for so many characters as for one of its parts.
_CHARS_PER_STEP = 16
_USUAL_SIZE = 32
_UNUSUAL = 32
_MAX_BITS = 64
_MAX_NESTED_NAMES = 8
_FEW_ITEMS = 16
_PAIR = 2
_GETATTR = RawGlobal("builtins", "getattr")
_OBJECT = RawGlobal("builtins", "object")
_RECONSTRUCTOR = RawGlobal("copyreg", "_reconstructor")
_NEWOBJ = RawGlobal("copyreg", "__newobj__")
_ENCODE = RawGlobal("_codecs", "encode")


def effort(obj: RawObject) -> int:
    """Return how many steps it takes to make an object's form: a few, and many for very many arguments.

    Many objects may share their arguments, so the usual number is cheap, and more of them is not.
    """
    if type(obj.args) is not tuple:
        return 1
    size = 1 + len(obj.args)
    if size <= _USUAL_SIZE:
        size += min(sum(len(arg) for arg in obj.args if type(arg) is str), _MAX_PATH) // _CHARS_PER_STEP
    return size if size <= _USUAL_SIZE else size * _UNUSUAL


def readable(obj: RawObject) -> Any:
    """Return a normalised object's readable form, or None if there is none for its class.

    The form is a str, list, RawDict or RawBytes.
    """
    form = _FORMS.get(obj.cls) if type(obj.cls) is RawGlobal else None
    if form is None or type(obj.args) is not tuple:
        return None
    try:
        return form(obj)
    except (AttributeError, IndexError, TypeError, ValueError, ArithmeticError):
        return None


def normalised(obj: RawObject) -> RawObject:
    """Return an object under its class's real name, with its real arguments and its state in one dict.

    Protocols 0 and 1 hide class and arguments in helpers of copyreg; a state may be in two dicts, or in
    pydantic's.
    """
    cls, args = name_of(obj.cls) or obj.cls, obj.args
    if type(args) is tuple and cls == _RECONSTRUCTOR and len(args) == len(("class", "base", "state")):
        cls, args = name_of(args[0]) or args[0], () if name_of(args[1]) == _OBJECT else args[2:]
    elif type(args) is tuple and cls == _NEWOBJ and args:
        cls, args = name_of(args[0]) or args[0], args[1:]
    normal = RawObject(cls, args, obj.kwargs)
    normal.state, normal.items, normal.pairs = _one_state(obj.state), obj.items, obj.pairs
    return normal


def name_of(cls: Any) -> RawGlobal | None:
    """Return the name of a class or function, also one reached by getattr; None if it is not a name."""
    trail: list[str] = []
    while type(cls) is RawObject and len(trail) < _MAX_NESTED_NAMES and _is_getattr(cls):
        trail.append(cls.args[1][:_MAX_NAME])
        cls = cls.args[0]
    if type(cls) is not RawGlobal:
        return None
    return RawGlobal(cls.module[:_MAX_NAME], ".".join([cls.name[:_MAX_NAME], *reversed(trail)]))


def moment_text(moment: dt.datetime | dt.time, zone: dt.timedelta | str | None) -> str:
    """Return the ISO 8601 text of a moment without tzinfo. zone: its offset, or a zone's name, or None."""
    if isinstance(zone, dt.timedelta):
        return moment.replace(tzinfo=dt.timezone(zone)).isoformat()
    return moment.isoformat() + (f"[{zone}]" if zone else "")


def _is_getattr(obj: RawObject) -> bool:
    if type(obj.cls) is not RawGlobal or type(obj.args) is not tuple:
        return False
    return [type(arg) for arg in obj.args[1:3]] == [str] and name_of(obj.cls) == _GETATTR


def _one_state(state: Any) -> Any:
    if type(state) is tuple and len(state) == _PAIR:
        kinds = [type(part) for part in state]
        if kinds == [RawDict, RawDict]:
            return RawJoined(*state)
        if kinds == [type(None), RawDict]:
            return state[1]
    if type(state) is RawDict and _item(state, "__pydantic_fields_set__") is not None:
        return _item(state, "__dict__")
    return state


def _item(mapping: RawDict, wanted: str) -> Any:
    """Return the value of a key that is among the first few, else None."""
    first = mapping.items[:_FEW_ITEMS]
    for key, value in zip(first[::2], first[1::2], strict=True):
        if type(key) is str and key == wanted:
            return value
    return None


# --- parts that may be anything in a hostile record: each is checked before it is used ---


def _head(value: Any) -> RawBytes:
    """Return bytes as a pickle holds them: bytes, or Latin-1 text (protocols 0 to 2). Raises TypeError."""
    if type(value) is RawObject and name_of(value.cls) == _ENCODE and value.args[1] == "latin1":
        value = value.args[0]
    if type(value) is str:
        return RawBytes(value[:HEAD_BYTES].encode("latin-1"), len(value))
    if type(value) is not bytes:
        raise TypeError
    return RawBytes(value[:HEAD_BYTES], len(value))


def _packed(value: Any, length: int) -> bytes:
    """Return bytes of that length. Else raises TypeError or ValueError."""
    head = _head(value)
    if head.length != length:
        raise ValueError
    return head.head


def _small(value: Any) -> int:
    """Return an int that is not long. Else raises TypeError."""
    if type(value) is not int or value.bit_length() > _MAX_BITS:
        raise TypeError
    return value


def _delta(args: Any) -> dt.timedelta:
    days, seconds, microseconds = args
    return dt.timedelta(_small(days), _small(seconds), _small(microseconds))


def _zone(args: tuple[Any, ...]) -> dt.timedelta | str | None:
    """Return the offset of the tzinfo that follows a moment's bytes, or its name if that has no offset."""
    if len(args) == 1:
        return None
    tz = normalised(args[1])
    name = ".".join(tz.cls)
    if name == "datetime.timezone":
        return _delta(tz.args[0].args)
    if name == "pydantic_core._pydantic_core.TzInfo":
        return dt.timedelta(seconds=_small(tz.args[0]))
    if name == "zoneinfo.ZoneInfo._unpickle":
        return str.__getitem__(tz.args[0], slice(_MAX_NAME))
    return name


# --- forms ---


def _datetime(obj: RawObject) -> str:
    raw = _packed(obj.args[0], 10)
    # The month's highest bit is the fold.
    date = dt.date(raw[0] * 256 + raw[1], raw[2] & 0x7F, raw[3])
    time = dt.time(raw[4], raw[5], raw[6], int.from_bytes(raw[7:], "big"))
    return moment_text(dt.datetime.combine(date, time), _zone(obj.args))


def _date(obj: RawObject) -> str:
    raw = _packed(obj.args[0], 4)
    return dt.date(raw[0] * 256 + raw[1], raw[2], raw[3]).isoformat()


def _time(obj: RawObject) -> str:
    raw = _packed(obj.args[0], 6)
    return moment_text(
        dt.time(raw[0] & 0x7F, raw[1], raw[2], int.from_bytes(raw[3:], "big")), _zone(obj.args)
    )


def _timedelta(obj: RawObject) -> str:
    return str(_delta(obj.args))


def _timezone(obj: RawObject) -> str:
    return str(dt.timezone(_delta(obj.args[0].args)))


def _uuid(obj: RawObject) -> str:
    return str(uuid.UUID(int=_item(obj.state, "int")))


def _text(obj: RawObject) -> str | None:
    return obj.args[0] if type(obj.args[0]) is str else None


def _fraction(obj: RawObject) -> str | None:
    if len(obj.args) == 1:
        return _text(obj)
    numerator, denominator = obj.args
    return str(fractions.Fraction(_small(numerator), _small(denominator)))


def _complex(obj: RawObject) -> str | None:
    real, imaginary = obj.args
    return str(complex(real, imaginary)) if type(real) is type(imaginary) is float else None


def _path_of(kind: type[pathlib.PurePath]) -> Callable[[RawObject], str | None]:
    def path(obj: RawObject) -> str | None:
        if len(obj.args) > _MAX_PATH_PARTS or sum(map(len, obj.args)) > _MAX_PATH:
            return None
        return str(kind(*obj.args))

    return path


def _bytes(obj: RawObject) -> RawBytes:
    return _head(obj.args[0]) if obj.args else RawBytes(b"", 0)


def _set(obj: RawObject) -> Any:
    items = obj.args[0] if obj.args else []
    return items if type(items) in {list, tuple} else None


def _deque(obj: RawObject) -> list[Any]:
    return obj.items or []


def _ordered(obj: RawObject) -> RawDict | None:
    return None if obj.args else RawDict(obj.pairs or [])


def _defaultdict(obj: RawObject) -> RawDict:
    return RawDict(obj.pairs or [])


def _counter(obj: RawObject) -> RawDict | None:
    return obj.args[0] if type(obj.args[0]) is RawDict else None


_FORMS: dict[RawGlobal, Callable[[RawObject], Any]] = {
    RawGlobal("datetime", "datetime"): _datetime,
    RawGlobal("datetime", "date"): _date,
    RawGlobal("datetime", "time"): _time,
    RawGlobal("datetime", "timedelta"): _timedelta,
    RawGlobal("datetime", "timezone"): _timezone,
    RawGlobal("uuid", "UUID"): _uuid,
    RawGlobal("decimal", "Decimal"): _text,
    RawGlobal("fractions", "Fraction"): _fraction,
    RawGlobal("builtins", "complex"): _complex,
    RawGlobal("builtins", "bytes"): _bytes,
    RawGlobal("builtins", "bytearray"): _bytes,
    _ENCODE: _head,
    RawGlobal("builtins", "set"): _set,
    RawGlobal("builtins", "frozenset"): _set,
    RawGlobal("collections", "deque"): _deque,
    RawGlobal("collections", "OrderedDict"): _ordered,
    RawGlobal("collections", "defaultdict"): _defaultdict,
    RawGlobal("collections", "Counter"): _counter,
    # Python 3.13 pickles paths under a private module's name.
    **{
        RawGlobal(module, prefix + flavour): _path_of(kind)
        for module in ("pathlib", "pathlib._local")
        for prefix in ("", "Pure")
        for flavour, kind in (("PosixPath", pathlib.PurePosixPath), ("WindowsPath", pathlib.PureWindowsPath))
    },
}
