"""Opcodes that push plain values, to be put behind a pickle: of protocols 0 and 1, and without the memo."""

import struct
from typing import Any

__all__ = ["pushed", "pushed_items"]


def pushed(value: str | int | dict[str, Any] | None) -> bytes:
    """Return opcodes that push a value."""
    if value is None:
        return b"N"
    if isinstance(value, dict):
        return b"(" + pushed_items(value) + b"d"
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogatepass")
        return b"X" + struct.pack("<I", len(text)) + text
    # A bool is written 01 or 00.
    return b"I%02d\n" % value if isinstance(value, bool) else b"I%d\n" % value


def pushed_items(pairs: dict[str, Any]) -> bytes:
    """Return opcodes that push a dict's keys and values."""
    return b"".join(pushed(key) + pushed(value) for key, value in pairs.items())
