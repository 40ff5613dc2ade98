"""Records as JSON: data without code, which every language reads."""

import json
from collections.abc import Iterable
from typing import Any

from arqlight.serializers.tagging import JobError, Tagging

__all__ = ["JobError", "Json"]


class Json:
    """Writes and reads records as JSON.

    Beside JSON's own there are dates, times, timedelta, Decimal, UUID, bytes, sets, exceptions, pydantic
    models and dataclasses. Tuples arrive as lists, enumerations as their values.

    Args:
        types: pydantic models and dataclasses that are built again; others arrive as dicts.
    """

    def __init__(self, types: Iterable[type] = ()) -> None:
        self._tagging = Tagging(types)

    def dumps(self, record: Any) -> bytes:
        """A record's bytes.

        Raises:
            TypeError: it has a value of a type that is not known.
        """
        return json.dumps(self._tagging.tagged(record), separators=(",", ":")).encode()

    def loads(self, data: bytes) -> Any:
        """What was written.

        Raises:
            ValueError, TypeError, ArithmeticError, RecursionError: it is no JSON, or not of `dumps`.
        """
        return json.loads(data, object_hook=self._tagging.untagged)
