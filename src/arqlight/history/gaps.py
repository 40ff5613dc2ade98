"""Gaps: stretches of the log that were trimmed before they were read."""

from arq.utils import timestamp_ms
from sqlalchemy import Connection

from arqlight.history.tables import gaps
from arqlight.history.writing import upsert

__all__ = ["note_gap"]


def note_gap(connection: Connection, after_id: str, before_id: str) -> None:
    """Note that the events between two ids were not recorded."""
    row = {"after_id": after_id, "before_id": before_id, "found_ms": timestamp_ms(), "jobs_mended": 0}
    connection.execute(upsert(connection, gaps).values(row).on_conflict_do_nothing())
