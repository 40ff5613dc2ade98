"""Adding up: minutes that are over become hours, so that a week is as quick to draw as an hour."""

from collections import defaultdict

from sqlalchemy import Connection, func, insert, literal, select

from arqlight.events import id_key
from arqlight.history.histograms import from_text, to_text
from arqlight.history.projection import MINUTE_MS, Rollup
from arqlight.history.tables import failure_counts, meta, position, rollups
from arqlight.history.writing import put

__all__ = ["HOUR_MS", "HOUR_S", "MINUTE_S", "roll_up", "rolled_until"]

HOUR_MS = 3_600_000
HOUR_S = HOUR_MS // 1000
MINUTE_S = MINUTE_MS // 1000
_ROLLED = "rolled_until"


def rolled_until(connection: Connection) -> int:
    """Up to when, in Unix ms, minutes have become hours; what is later is in minutes alone."""
    return int(connection.scalar(select(meta.c.value).where(meta.c.name == _ROLLED)) or 0)


def roll_up(connection: Connection) -> bool:
    """Make one hour of its minutes, if the log was read beyond it. Tells whether there was one."""
    event_id = connection.scalar(select(position.c.event_id))
    is_minute = rollups.c.step_s == MINUTE_S
    first = connection.scalar(
        select(func.min(rollups.c.at_ms)).where(is_minute, rollups.c.at_ms >= rolled_until(connection))
    )
    if event_id is None or first is None:
        return False
    start = first // HOUR_MS * HOUR_MS
    end = start + HOUR_MS
    if id_key(event_id)[0] < end:
        return False
    _add_minutes(connection, start, end)
    put(connection, meta, [{"name": _ROLLED, "value": str(end)}])
    return True


def _add_minutes(connection: Connection, start: int, end: int) -> None:
    hour: defaultdict[tuple[str, str, int], Rollup] = defaultdict(Rollup)
    minutes = select(rollups).where(
        rollups.c.step_s == MINUTE_S, rollups.c.at_ms >= start, rollups.c.at_ms < end
    )
    for row in connection.execute(minutes):
        added = hour[row.queue, row.function, row.state]
        added.count += row.total
        added.wait.update(from_text(row.wait))
        added.run.update(from_text(row.run))
    put(
        connection,
        rollups,
        [
            {
                "step_s": HOUR_S,
                "at_ms": start,
                "queue": queue,
                "function": function,
                "state": state,
                "total": added.count,
                "wait": to_text(added.wait),
                "run": to_text(added.run),
            }
            for (queue, function, state), added in sorted(hour.items())
        ],
    )
    counts = failure_counts.c
    failed = (
        select(literal(HOUR_S), literal(start), counts.fingerprint, func.sum(counts.total))
        .where(counts.step_s == MINUTE_S, counts.at_ms >= start, counts.at_ms < end)
        .group_by(counts.fingerprint)
    )
    connection.execute(
        insert(failure_counts).from_select(["step_s", "at_ms", "fingerprint", "total"], failed)
    )
