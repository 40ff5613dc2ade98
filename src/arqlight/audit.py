"""The audit log: a line for each write through the API, the last thousand of them in Redis.

A recorder copies them into the history, which keeps them for longer.
"""

import json
from collections.abc import Awaitable, Sequence
from typing import Any, NamedTuple

from redis.exceptions import ResponseError

from arqlight import keys
from arqlight.reading import is_wrong_type
from arqlight.redis import LightRedis

__all__ = ["MOST_LINES", "MOST_TARGETS", "AuditLine", "AuditLog"]

MOST_LINES = 1000
MOST_TARGETS = 100
LONGEST = 300


class AuditLine(NamedTuple):
    """One thing that somebody did. ``total`` is how many things it was done to, of which some are named."""

    id: str
    at_ms: int
    viewer: str
    action: str
    targets: list[str]
    total: int
    address: str


class AuditLog:
    """The log in Redis.

    Args:
        redis: a client that leaves replies as bytes.
    """

    def __init__(self, redis: LightRedis) -> None:
        self._redis = redis

    async def add(self, viewer: str, action: str, targets: Sequence[str], address: str) -> None:
        """Add a line."""
        named = json.dumps([target[:LONGEST] for target in targets[:MOST_TARGETS]])
        fields: dict[Any, Any] = {
            "viewer": viewer[:LONGEST].encode("utf-8", "replace"),
            "action": action,
            "targets": named,
            "total": len(targets),
            "address": address[:LONGEST],
        }
        await self._redis.xadd(keys.AUDIT, fields, maxlen=MOST_LINES, approximate=False)

    async def read(
        self, *, before: str | None = None, after: str | None = None, count: int = 100
    ) -> list[AuditLine]:
        """The newest lines, the newest first, of those between two ids."""
        newest, oldest = f"({before}" if before else "+", f"({after}" if after else "-"
        return await self._lines(self._redis.xrevrange(keys.AUDIT, max=newest, min=oldest, count=count))

    async def read_on(self, after: str, *, count: int) -> list[AuditLine]:
        """The next lines after an id, the oldest first."""
        return await self._lines(self._redis.xrange(keys.AUDIT, min=f"({after}", count=count))

    async def _lines(self, asked: Awaitable[Any]) -> list[AuditLine]:
        try:
            entries = await asked
        except ResponseError as error:
            if is_wrong_type(error):
                return []
            raise
        return [_line(entry_id, fields) for entry_id, fields in entries]


def _line(entry_id: bytes, fields: dict[bytes, bytes]) -> AuditLine:
    """A line from what Redis holds, whoever may have written that."""
    line_id = entry_id.decode("ascii", "replace")

    def text(name: bytes) -> str:
        return fields.get(name, b"").decode("utf-8", "replace")[:LONGEST]

    try:
        targets: object = json.loads(fields.get(b"targets", b"[]")[: MOST_TARGETS * LONGEST * 8])
    except (ValueError, RecursionError):
        targets = None
    named = [one for one in targets if isinstance(one, str)] if isinstance(targets, list) else []
    counted = text(b"total")
    total = int(counted) if counted.isascii() and counted.isdecimal() and len(counted) < 10 else len(named)  # noqa: PLR2004
    return AuditLine(
        line_id,
        int(line_id.partition("-")[0]),
        text(b"viewer"),
        text(b"action"),
        [one[:LONGEST] for one in named[:MOST_TARGETS]],
        total,
        text(b"address"),
    )
