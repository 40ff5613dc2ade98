"""How far the history is, and who did what."""

from typing import Any

from sqlalchemy import Connection, insert, select

from arqlight.events import START
from arqlight.history.models import AuditEntry, AuditPage, Gap, Recording
from arqlight.history.tables import audit, gaps, position

__all__ = ["append", "page", "recording"]

_MOST = 500
_MOST_GAPS = 100


def append(connection: Connection, entries: list[AuditEntry]) -> None:
    """Add entries, see `History.note_action`."""
    names = [column.name for column in audit.columns if column.name != "id"]
    if entries:
        connection.execute(insert(audit), [{name: getattr(one, name) for name in names} for one in entries])


def page(connection: Connection, *, target: str | None, limit: int, cursor: str | None) -> AuditPage:
    """Some entries, see `History.audit`."""
    if not 1 <= limit <= _MOST:
        raise ValueError(f"limit is {limit}; it must be from 1 to {_MOST}")
    chosen = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if target is not None:
        chosen = chosen.where(audit.c.target == target)
    if cursor:
        if not cursor.isdecimal():
            raise ValueError(f"{cursor[:60]!r} is not a cursor; take the one called next in a page")
        chosen = chosen.where(audit.c.id < int(cursor))
    rows = [dict(row) for row in connection.execute(chosen).mappings()]
    following = str(rows[-1]["id"]) if len(rows) == limit else None
    return AuditPage([_entry(row) for row in rows], following)


def _entry(row: dict[str, Any]) -> AuditEntry:
    return AuditEntry(**{name: value for name, value in row.items() if name != "id"})


def recording(connection: Connection) -> Recording:
    """How far the history is, see `History.recording`."""
    at = connection.execute(select(position)).one_or_none()
    found = connection.execute(select(gaps).order_by(gaps.c.found_ms.desc()).limit(_MOST_GAPS)).mappings()
    return Recording(
        at.event_id if at else START, at.unknown_events if at else 0, [Gap(**row) for row in found]
    )
