"""Copying the audit log from Redis, which keeps its last lines only."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, select

from arqlight.audit import AuditLine
from arqlight.events import START, id_key
from arqlight.history.states import seq_from
from arqlight.history.tables import audit, meta
from arqlight.history.writing import put, upsert

__all__ = ["copied_id", "copy_lines"]

_COPIED = "audit_copied"


def copied_id(connection: Connection) -> str:
    """The id of the last line that was copied."""
    return connection.scalar(select(meta.c.value).where(meta.c.name == _COPIED)) or START


def copy_lines(connection: Connection, lines: Sequence[AuditLine]) -> None:
    """Write lines, given from the oldest to the newest."""
    rows = [
        {
            "id": seq_from(*id_key(line.id)),
            "viewer": _text(line.viewer),
            "action": _text(line.action),
            "targets": _text(json.dumps(line.targets)),
            "total": line.total,
            "address": _text(line.address),
        }
        for line in lines
    ]
    connection.execute(upsert(connection, audit).on_conflict_do_nothing(), rows)
    put(connection, meta, [{"name": _COPIED, "value": lines[-1].id}])


def _text(text: str) -> str:
    """PostgreSQL's text holds no NUL."""
    return text.replace("\x00", "\ufffd")
