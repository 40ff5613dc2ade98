"""Values that JSON and msgpack do not have, as dicts with one key that names the type, and back.

What a record names is looked up in a table: nothing is imported, and no code runs that the table does not
name.
"""

import asyncio
import base64
import builtins
import dataclasses
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, TypeAdapter

__all__ = ["JobError", "Tagging"]

_DICT, _ERROR, _MODEL = "$dict", "$error", "$model"
_LONGEST_NUMBER = 4_096
_CANCELLED = "asyncio.exceptions.CancelledError"


class JobError(Exception):
    """A job's exception of a type that the record names and this process does not build."""


def _plain_types() -> dict[type, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]:
    return {
        datetime: ("$datetime", datetime.isoformat, datetime.fromisoformat),
        date: ("$date", date.isoformat, date.fromisoformat),
        time: ("$time", time.isoformat, time.fromisoformat),
        timedelta: ("$timedelta", lambda span: [span.days, span.seconds, span.microseconds], _timedelta),
        Decimal: ("$decimal", str, _decimal),
        UUID: ("$uuid", str, UUID),
        bytes: ("$bytes", lambda data: base64.b64encode(data).decode(), base64.b64decode),
        set: ("$set", list, set),
        frozenset: ("$frozenset", list, frozenset),
    }


def _timedelta(parts: list[int]) -> timedelta:
    return timedelta(*parts)


def _decimal(text: str) -> Decimal:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(f"a number of {len(text):,} digits")
    return Decimal(text)


_PLAIN: tuple[Any, ...] = (int, float, str, list, dict)
_TYPES = _plain_types()
_READERS = {name: read for name, _, read in _TYPES.values()}


class Tagging:
    """Turns values into what JSON has and back.

    Args:
        types: pydantic models and dataclasses that are built again; others arrive as dicts.
    """

    def __init__(self, types: Iterable[type] = ()) -> None:
        self._adapters: Mapping[str, TypeAdapter[Any]] = {_name(kind): TypeAdapter(kind) for kind in types}

    def tagged(self, value: Any) -> Any:
        """A value as None, bool, int, float, str, list and dict of text keys.

        Raises:
            TypeError: it has a part that is none of the types that are known.
        """
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if kind in (list, tuple):
            return [self.tagged(item) for item in value]
        if kind is dict:
            return self._dict(value)
        if kind in _TYPES:
            name, written, _ = _TYPES[kind]
            return {name: self.tagged(written(value))}
        return self._object(value)

    def _dict(self, value: dict[Any, Any]) -> dict[str, Any]:
        if all(type(key) is str and not key.startswith("$") for key in value):
            return {key: self.tagged(item) for key, item in value.items()}
        return {_DICT: [[self.tagged(key), self.tagged(item)] for key, item in value.items()]}

    def _object(self, value: Any) -> Any:
        if isinstance(value, BaseModel):
            fields = {name: getattr(value, name) for name in type(value).model_fields}
            return {_MODEL: [_name(type(value)), self.tagged(fields)]}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            return {_MODEL: [_name(type(value)), self.tagged(fields)]}
        if isinstance(value, BaseException):
            return {_ERROR: [_name(type(value)).removeprefix("builtins."), _arguments(value)]}
        if isinstance(value, Enum):
            return self.tagged(value.value)
        for plain in _PLAIN:
            if isinstance(value, plain):  # a subclass arrives as what it is a subclass of
                return self.tagged(plain(value))
        raise TypeError(f"a {_name(type(value))} cannot be stored as JSON or msgpack")

    def untagged(self, value: dict[str, Any]) -> Any:
        """What a dict stands for whose own values have been turned back; itself if for nothing else.

        Raises:
            ValueError, TypeError, ArithmeticError: it does not hold what its tag says.
        """
        if len(value) != 1:
            return value
        (name,) = value
        if name in _READERS:
            return _read(name, value[name])
        if name == _DICT:
            return dict(value[name])
        if name == _MODEL:
            kind, fields = value[name]
            adapter = self._adapters.get(kind)
            return fields if adapter is None else adapter.validate_python(fields)
        if name == _ERROR:
            return _error(*value[name])
        return value


def _read(name: str, written: Any) -> Any:
    try:
        return _READERS[name](written)
    except AttributeError as error:
        raise ValueError(f"{name} is of {type(written).__name__}") from error


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _arguments(error: BaseException) -> list[Any]:
    known = (type(None), bool, int, float, str)
    return [arg if type(arg) in known else str(arg) for arg in error.args]


def _error(kind: Any, args: Any) -> BaseException:
    """An exception of Python's own, else a `JobError` that names its type."""
    if kind == _CANCELLED:
        return asyncio.CancelledError()
    built_in = getattr(builtins, kind, None) if isinstance(kind, str) else None
    if isinstance(built_in, type) and issubclass(built_in, Exception):
        try:
            made: Exception = built_in(*args)
        except Exception:  # noqa: BLE001  some take other arguments
            return JobError(": ".join([kind, *map(str, args)]))
        return made
    return JobError(": ".join([str(kind), *map(str, args)]))
