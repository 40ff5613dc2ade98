"""How far the history is, and who did what."""

import json

from sqlalchemy import Connection, select

from arqlight.audit import AuditLine
from arqlight.events import START, id_key
from arqlight.history.auditing import copied_id
from arqlight.history.models import AuditPage, Gap, Recording
from arqlight.history.states import COUNTER_BITS, ms_of, seq_from
from arqlight.history.tables import audit, gaps, position

__all__ = ["page", "recording"]

_MOST = 500
_MOST_GAPS = 100


def page(connection: Connection, *, limit: int, before: str | None) -> AuditPage:
    """Some lines, see `History.audit`."""
    if not 1 <= limit <= _MOST:
        raise ValueError(f"limit is {limit}; it must be from 1 to {_MOST}")
    chosen = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(audit.c.id < seq_from(*id_key(before)))
    lines = [
        AuditLine(
            id=f"{ms_of(row.id)}-{row.id % (1 << COUNTER_BITS)}",
            at_ms=ms_of(row.id),
            viewer=row.viewer,
            action=row.action,
            targets=json.loads(row.targets),
            total=row.total,
            address=row.address,
        )
        for row in connection.execute(chosen)
    ]
    return AuditPage(lines, copied_id(connection))


def recording(connection: Connection) -> Recording:
    """How far the history is, see `History.recording`."""
    at = connection.execute(select(position)).one_or_none()
    found = connection.execute(select(gaps).order_by(gaps.c.found_ms.desc()).limit(_MOST_GAPS)).mappings()
    return Recording(
        at.event_id if at else START, at.unknown_events if at else 0, [Gap(**row) for row in found]
    )
