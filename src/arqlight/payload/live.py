"""Live Python objects in the same stand-ins as a pickle's, without running any of the objects' own code.

Everything goes through the built-in types' own functions and descriptors, so no method, property or
metaclass hook that a class defines for itself is ever called.
"""

import collections
import datetime as dt
import decimal
import enum
import fractions
import pathlib
import types
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

from arqlight.payload.readable import HEAD_BYTES, moment_text
from arqlight.payload.values import RawBytes, RawGlobal, RawObject

_MRO = type.__dict__["__mro__"].__get__
_NAMESPACE = type.__dict__["__dict__"].__get__
_MODULE = type.__dict__["__module__"].__get__
_QUALNAME = type.__dict__["__qualname__"].__get__
_ARGS = vars(BaseException)["args"].__get__


def raw_of(value: Any) -> Any:
    """Return a stand-in from ``values``, or readable text, for an object that is not of JSON's own types."""
    kind = type(value)
    # By identity: hashing a class may run its metaclass's code.
    form = _EXACT.get(id(kind))
    if form is not None:
        return form(value)
    if issubclass(kind, type):
        return _global(value)
    if issubclass(kind, enum.Enum):
        return RawObject(_global(kind), (_instance_dict(value).get("_value_"),))
    if issubclass(kind, BaseException):
        return _with_state(RawObject(_global(kind), _ARGS(value)), value)
    for base, extended in _EXTENDED:
        if issubclass(kind, base):
            return _with_state(extended(_global(kind), value), value)
    return _with_state(RawObject(_global(kind)), value)


def _global(cls: type) -> RawGlobal:
    module, name = _MODULE(cls), _QUALNAME(cls)
    return RawGlobal(module if type(module) is str else "", name)


def _function(value: Any) -> RawGlobal:
    module, name = value.__module__, value.__qualname__
    return RawGlobal(module if type(module) is str else "", name)


def _bytes(value: Any) -> RawBytes:
    return RawBytes(bytes(value[:HEAD_BYTES]), len(value))


def _zone(tz: dt.tzinfo | None) -> dt.timedelta | str | None:
    if tz is None:
        return None
    if type(tz) is zoneinfo.ZoneInfo and tz.key:
        return tz.key
    name = _global(type(tz))
    if type(tz) is dt.timezone or name == ("pydantic_core._pydantic_core", "TzInfo"):
        return tz.utcoffset(None)
    return ".".join(name)


def _moment(value: Any) -> str:
    return moment_text(value.replace(tzinfo=None), _zone(value.tzinfo))


def _complex(value: complex) -> str:
    return str(value)


def _fraction(value: fractions.Fraction) -> RawObject:
    return RawObject(_global(fractions.Fraction), (value.numerator, value.denominator))


def _dict(value: Any) -> dict[Any, Any]:
    return dict(value)


def _deque(value: Any) -> list[Any]:
    return list(value)


_EXACT: dict[int, Callable[[Any], Any]] = {
    id(dt.datetime): _moment,
    id(dt.time): _moment,
    id(dt.date): dt.date.isoformat,
    id(dt.timedelta): str,
    id(dt.timezone): str,
    id(uuid.UUID): str,
    id(decimal.Decimal): str,
    id(fractions.Fraction): _fraction,
    id(complex): _complex,
    id(bytearray): _bytes,
    id(collections.deque): _deque,
    id(collections.OrderedDict): _dict,
    id(collections.defaultdict): _dict,
    id(collections.Counter): _dict,
    id(types.FunctionType): _function,
    id(types.BuiltinFunctionType): _function,
}
for _kind in (pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.PosixPath, pathlib.WindowsPath):
    _EXACT[id(_kind)] = str

# --- instances of classes that extend a built-in type, in the form that pickle gives them ---


def _called_with(base: Callable[[Any], Any]) -> Callable[[RawGlobal, Any], RawObject]:
    def extended(name: RawGlobal, value: Any) -> RawObject:
        return RawObject(name, (base(value),))

    return extended


def _tuple(name: RawGlobal, value: Any) -> RawObject:
    items = tuple.__getitem__(value, slice(None))
    is_namedtuple = any("_fields" in _NAMESPACE(cls) for cls in _MRO(type(value)))
    return RawObject(name, items if is_namedtuple else (items,))


def _list_items(name: RawGlobal, value: Any) -> RawObject:
    obj = RawObject(name)
    obj.items = list.__getitem__(value, slice(None))
    return obj


def _dict_items(name: RawGlobal, value: Any) -> RawObject:
    obj = RawObject(name)
    obj.pairs = [part for pair in dict.items(value) for part in pair]
    return obj


_EXTENDED: list[tuple[type, Callable[[RawGlobal, Any], RawObject]]] = [
    (str, _called_with(str.__str__)),
    (int, _called_with(int.__int__)),
    (float, _called_with(float.__float__)),
    (bytes, _called_with(lambda value: bytes.__getitem__(value, slice(None)))),
    (tuple, _tuple),
    (list, _list_items),
    (dict, _dict_items),
    (set, _called_with(lambda value: list(set.__iter__(value)))),
    (frozenset, _called_with(lambda value: list(frozenset.__iter__(value)))),
]


# --- an instance's attributes ---


def _with_state(obj: RawObject, value: Any) -> RawObject:
    obj.state = (_instance_dict(value) | _slots(value)) or None
    return obj


def _instance_dict(value: Any) -> dict[Any, Any]:
    for cls in _MRO(type(value)):
        descriptor = _NAMESPACE(cls).get("__dict__")
        if type(descriptor) is types.GetSetDescriptorType:
            found: dict[Any, Any] = descriptor.__get__(value)
            return found
    return {}


def _slots(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cls in _MRO(type(value)):
        for name, descriptor in _NAMESPACE(cls).items():
            if type(descriptor) is types.MemberDescriptorType and not name.startswith("__"):
                try:
                    found[name] = descriptor.__get__(value)
                except AttributeError:
                    continue
    return found
