"""Records as msgpack: data without code, shorter than JSON. Needs the extra ``arqlight[msgpack]``."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from arqlight.extras import explained
from arqlight.serializers.tagging import Tagging

__all__ = ["MsgPack"]


class MsgPack:
    """Writes and reads records as msgpack; values are those of `Json`.

    Args:
        types: pydantic models and dataclasses that are built again; others arrive as dicts.

    Raises:
        arqlight.extras.MissingExtraError: the package msgpack is not installed.
    """

    def __init__(self, types: Iterable[type] = ()) -> None:
        try:
            self._msgpack: Any = import_module("msgpack")
        except ModuleNotFoundError as error:
            raise explained(error) from error
        self._tagging = Tagging(types)

    def dumps(self, record: Any) -> bytes:
        """A record's bytes.

        Raises:
            TypeError, OverflowError: it has a value of a type that is not known, or too large a number.
        """
        packed: bytes = self._msgpack.packb(self._tagging.tagged(record))
        return packed

    def loads(self, data: bytes) -> Any:
        """What was written.

        Raises:
            Exception: it is no msgpack, or not of `dumps`.
        """
        return self._msgpack.unpackb(data, object_hook=self._tagging.untagged, strict_map_key=True)
