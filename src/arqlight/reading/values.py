"""Single values that Redis holds: a number, a moment, a name, a JSON object; or why there is none."""

import json
import math
from typing import Any, NamedTuple, NoReturn

__all__ = [
    "MOST_NAME",
    "Unreadable",
    "count",
    "finite",
    "is_later",
    "json_object",
    "moment_ms",
    "name",
    "shortened",
]

# The last millisecond of the year 9999, where Python's own dates end and JavaScript's still go.
_END_OF_TIME_MS = 253_402_300_799_999
_MOST_COUNT = 1 << 53
_MOST_DIGITS = 32
_SHOWN = 60
MOST_NAME = 16_384


class Unreadable(NamedTuple):
    """Stands where a value should be. why: in a few words, for people."""

    why: str


def shortened(data: bytes | str) -> str:
    """The beginning of what could not be read, escaped, for messages."""
    text = repr(data[:_SHOWN])
    return text if len(data) <= _SHOWN else f"{text}…"


def count(raw: bytes) -> int | Unreadable:
    """A whole number that is not negative, as a counter holds it."""
    number = _number(raw)
    if isinstance(number, Unreadable):
        return number
    return int(number) if 0 <= number < _MOST_COUNT else Unreadable(f"{shortened(raw)} is no count")


def moment_ms(raw: bytes) -> int | Unreadable:
    """A moment in Unix ms, as a score holds it; no later than the year 9999."""
    number = _number(raw)
    if isinstance(number, Unreadable):
        return number
    moment = finite(number)
    return Unreadable(f"{shortened(raw)} is no moment in Unix ms") if moment is None else moment


def is_later(raw: bytes, moment: int) -> bool:
    """Whether a score lies after a moment in Unix ms, however far: also an endless one does."""
    try:
        return len(raw) <= _MOST_DIGITS and float(raw) > moment
    except ValueError:
        return False


def finite(moment: object) -> int | None:
    """A moment in Unix ms if it is one that a calendar has, else None."""
    if isinstance(moment, bool) or not isinstance(moment, int | float):
        return None
    return int(moment) if 0 <= moment <= _END_OF_TIME_MS else None


def name(raw: bytes, most: int = MOST_NAME) -> str | Unreadable:
    """A name or an id: text in UTF-8 that is not too long."""
    if len(raw) > most:
        return Unreadable(f"a name of {len(raw):,} bytes")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return Unreadable(f"{shortened(raw)} is no UTF-8")


def json_object(raw: bytes | str, most: int) -> dict[str, Any] | Unreadable:
    """A JSON object: one that every reader of JSON takes, so no NaN and no infinity."""
    if len(raw) > most:
        return Unreadable(f"{len(raw):,} bytes, and {most:,} are read")
    try:
        value = _DECODER.decode(raw if isinstance(raw, str) else raw.decode())
    except (ValueError, RecursionError):
        return Unreadable(f"{shortened(raw)} is no JSON")
    return value if isinstance(value, dict) else Unreadable(f"{shortened(raw)} is no JSON object")


def _number(raw: bytes) -> float | Unreadable:
    if len(raw) > _MOST_DIGITS:
        return Unreadable(f"{shortened(raw)} is no number")
    try:
        number = float(raw)
    except ValueError:
        return Unreadable(f"{shortened(raw)} is no number")
    return number if math.isfinite(number) else Unreadable(f"{shortened(raw)} is no finite number")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite_float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


# Made once: an event's data is read by it, and a decoder for each would take longer than the reading.
_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite_float)
