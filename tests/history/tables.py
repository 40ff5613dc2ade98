"""All that is in a history, to compare two of them."""

from typing import Any

from sqlalchemy import Connection, select

from arqlight.history import tables
from arqlight.history.retention import Retention, forget_figures

__all__ = ["dump"]

# When a thing was noticed is no part of what happened.
_LEFT_OUT = {"gaps": {"found_ms", "healed_ms"}, "position": {"fence"}}


def dump(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Each table's rows, in the order of their keys, once what is to be swept is swept."""
    forget_figures(connection, Retention(), 0)
    return {table.name: _rows(connection, table) for table in tables.metadata.sorted_tables}


def _rows(connection: Connection, table: Any) -> list[dict[str, Any]]:
    out = _LEFT_OUT.get(table.name, set())
    columns = [column for column in table.columns if column.name not in out]
    found = connection.execute(select(*columns).order_by(*table.primary_key.columns))
    return [dict(row._mapping) for row in found]
