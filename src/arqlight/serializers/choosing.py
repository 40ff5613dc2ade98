"""From what a setting names to functions that write and read; and which of those may read what is shown."""

import json
from collections.abc import Callable
from typing import Any

from arqlight.payload import UntrustedError
from arqlight.payload.records import Pickle
from arqlight.serializers.json import Json
from arqlight.serializers.msgpack import MsgPack
from arqlight.serializers.naming import Serializer, serializer_of
from arqlight.serializers.signing import Signed

__all__ = [
    "Trusted",
    "chosen",
    "closed",
    "inside",
    "opened",
    "to_read",
]

Write = Callable[[dict[str, Any]], bytes]
Read = Callable[[bytes], dict[str, Any]]


class Trusted:
    """Says of a function of your own that it may read what this process shows: it runs nothing of a record.

    Args:
        function: arq's ``job_deserializer``.
    """

    def __init__(self, function: Read) -> None:
        self.function = function

    def __call__(self, data: bytes) -> dict[str, Any]:
        """What the function makes of a record."""
        return self.function(data)


# What may read records that anyone may have written.
_SAFE = (Json, MsgPack)


def chosen(
    setting: Serializer | str | None, write: Write | None, read: Read | None
) -> tuple[Write | None, Read | None]:
    """arq's ``job_serializer`` and ``job_deserializer``, as they are given or as ``serializer`` says.

    Raises:
        ValueError: both are given, or it names none.
    """
    if setting is None:
        return write, read
    if write is not None or read is not None:
        raise ValueError("serializer says both ways; leave job_serializer and job_deserializer out")
    serializer = serializer_of(setting)
    if isinstance(serializer, Pickle):
        return None, None
    return serializer.dumps, serializer.loads


def to_read(read: Read | None) -> Read | None:
    """What reads the records that a process shows, which anyone may have written.

    None where records are pickles, which are peeked at. What is not known to be safe is not called: in its
    place there is a function that raises `UntrustedError`.
    """
    owner = getattr(read, "__self__", None)
    if isinstance(owner, Signed):
        # Its signature is taken off by whoever reads, and is for workers: nothing here is run.
        return None if isinstance(owner.inner, Pickle) else to_read(owner.inner.loads)
    if read is None or read is json.loads or isinstance(read, Trusted) or isinstance(owner, _SAFE):
        return read
    return None if is_pickles_own(read) else _untrusted


def is_pickles_own(read: Read) -> bool:
    """Whether it is pickle's ``loads`` itself: what it would read is peeked at."""
    return getattr(read, "__module__", None) in {"_pickle", "pickle"} or isinstance(
        getattr(read, "__self__", None), Pickle
    )


def _untrusted(_data: bytes) -> dict[str, Any]:
    raise UntrustedError(
        "its deserializer is not called here, since nobody said that it is safe: serializer='json' or "
        "'msgpack', or job_deserializer=Trusted(function)"
    )


def inside(write: Write | None) -> Write | None:
    """What writes the records that are then signed; the same where none are."""
    signed = _signed(write)
    if signed is None:
        return write
    return None if isinstance(signed.inner, Pickle) else signed.inner.dumps


def opened(write: Write | None, data: bytes) -> bytes:
    """A record without its signature, for who writes another from it.

    Raises:
        ValueError: records are signed here, and this one is not.
    """
    signed = _signed(write)
    return data if signed is None else signed.open(data)


def closed(write: Write | None, data: bytes) -> bytes:
    """The same, signed where records are."""
    signed = _signed(write)
    return data if signed is None else signed.seal(data)


def _signed(write: Write | None) -> Signed | None:
    owner = getattr(write, "__self__", None)
    return owner if isinstance(owner, Signed) else None
