"""The serializers that a setting may name."""

from collections.abc import Callable
from typing import Any, Protocol

from arqlight.payload.records import Pickle
from arqlight.serializers.json import Json
from arqlight.serializers.msgpack import MsgPack

__all__ = ["Serializer", "serializer_of"]


class Serializer(Protocol):
    """Writes and reads records."""

    def dumps(self, record: Any) -> bytes:
        """A record's bytes."""

    def loads(self, data: bytes) -> Any:
        """What was written."""


_NAMED: dict[str, Callable[[], Serializer]] = {"json": Json, "msgpack": MsgPack, "pickle": Pickle}


def serializer_of(setting: Serializer | str) -> Serializer:
    """The serializer that a setting names, or is.

    Raises:
        ValueError: it names none.
        TypeError: it is none.
        arqlight.extras.MissingExtraError: its package is not installed.
    """
    if isinstance(setting, str):
        if setting not in _NAMED:
            raise ValueError(f"there is no serializer {setting!r}; there are {', '.join(sorted(_NAMED))}")
        return _NAMED[setting]()
    if not (callable(getattr(setting, "dumps", None)) and callable(getattr(setting, "loads", None))):
        raise TypeError(f"serializer is {setting!r}, not a name and not an object with dumps and loads")
    return setting
