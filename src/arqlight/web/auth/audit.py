"""Who did what: a line for each write through the API, the last thousand of them in Redis."""

import json
import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

from redis.exceptions import ResponseError

from arqlight import keys
from arqlight.reading import is_wrong_type
from arqlight.redis import LightRedis
from arqlight.redis.failures import REDIS_TROUBLE, ask, why
from arqlight.web.auth.viewer import Viewer

__all__ = ["Audit", "AuditLog", "Line"]

logger = logging.getLogger("arqlight.web.audit")

MOST_LINES = 1000
MOST_TARGETS = 100
LONGEST = 300


class Line(NamedTuple):
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

    async def read(self, *, before: str | None = None, count: int = 100) -> list[Line]:
        """The last lines, the newest first; those earlier than the one with the id ``before``."""
        try:
            entries = await self._redis.xrevrange(
                keys.AUDIT, max=f"({before}" if before else "+", count=count
            )
        except ResponseError as error:
            if is_wrong_type(error):
                return []
            raise
        return [_line(entry_id, fields) for entry_id, fields in entries]


class Audit:
    """Notes what one request does.

    Args:
        log: where.
        viewer: who sent it.
        address: from where.
    """

    def __init__(self, log: AuditLog, viewer: Viewer, address: str) -> None:
        self._log = log
        self._viewer = viewer
        self._address = address

    async def __call__(self, action: str, targets: Sequence[str]) -> None:
        """Note that something was done to jobs, batches, queues or workers.

        It has been done by now: if Redis does not take the line, the server's own log has it.
        """
        try:
            await ask(self._log.add(self._viewer.name, action, targets, self._address))
        except REDIS_TROUBLE as error:
            told = (self._viewer.name, action, list(targets[:MOST_TARGETS]), self._address)
            logger.warning("Redis did not take a line of the audit log (%s): %r", why(error), told)


def _line(entry_id: bytes, fields: dict[bytes, bytes]) -> Line:
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
    return Line(
        line_id,
        int(line_id.partition("-")[0]),
        text(b"viewer"),
        text(b"action"),
        [one[:LONGEST] for one in named[:MOST_TARGETS]],
        total,
        text(b"address"),
    )
