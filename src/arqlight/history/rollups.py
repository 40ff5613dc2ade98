"""Adding up: minutes that are over become five of them, those become hours, so that a week is soon drawn."""

from collections import defaultdict
from itertools import pairwise

from sqlalchemy import Connection, func, insert, literal, select

from arqlight.events import id_key
from arqlight.history.histograms import from_text, to_text
from arqlight.history.projection import MINUTE_MS, Rollup
from arqlight.history.tables import failure_counts, meta, position, rollups
from arqlight.history.writing import put

__all__ = ["HOUR_MS", "HOUR_S", "MINUTE_S", "STEPS", "roll_up", "rolled_until"]

HOUR_MS = 3_600_000
HOUR_S = HOUR_MS // 1000
MINUTE_S = MINUTE_MS // 1000
FIVE_S = 5 * MINUTE_S
# The steps that figures are kept in, in seconds; each is made of those before it.
STEPS = (MINUTE_S, FIVE_S, HOUR_S)


def rolled_until(connection: Connection, step_s: int = FIVE_S) -> int:
    """Up to when, in Unix ms, such steps were made; what is later is in shorter ones alone."""
    return int(connection.scalar(select(meta.c.value).where(meta.c.name == _rolled(step_s))) or 0)


def _rolled(step_s: int) -> str:
    return f"rolled_until_{step_s}"


def roll_up(connection: Connection) -> bool:
    """Make one step of its shorter ones, if the log was read beyond it. Tells whether there was one."""
    return any(_roll_up(connection, of_s, into_s) for of_s, into_s in pairwise(STEPS))


def _roll_up(connection: Connection, of_s: int, into_s: int) -> bool:
    done_until = rolled_until(connection, into_s)
    first = connection.scalar(
        select(func.min(rollups.c.at_ms)).where(rollups.c.step_s == of_s, rollups.c.at_ms >= done_until)
    )
    if first is None:
        return False
    start = first // (into_s * 1000) * into_s * 1000
    end = start + into_s * 1000
    if _is_whole_until(connection, of_s) < end:
        return False
    _add(connection, of_s, into_s, start, end)
    put(connection, meta, [{"name": _rolled(into_s), "value": str(end)}])
    return True


def _is_whole_until(connection: Connection, step_s: int) -> int:
    """Up to when, in Unix ms, nothing more is added to such steps."""
    if step_s > MINUTE_S:
        return rolled_until(connection, step_s)
    event_id = connection.scalar(select(position.c.event_id))
    return id_key(event_id)[0] if event_id else 0


def _add(connection: Connection, of_s: int, into_s: int, start: int, end: int) -> None:
    found: defaultdict[tuple[str, str, int], Rollup] = defaultdict(Rollup)
    parts = select(rollups).where(rollups.c.step_s == of_s, rollups.c.at_ms >= start, rollups.c.at_ms < end)
    for row in connection.execute(parts):
        added = found[row.queue, row.function, row.state]
        added.count += row.total
        added.wait.update(from_text(row.wait))
        added.run.update(from_text(row.run))
    put(
        connection,
        rollups,
        [
            {
                "step_s": into_s,
                "at_ms": start,
                "queue": queue,
                "function": function,
                "state": state,
                "total": added.count,
                "wait": to_text(added.wait),
                "run": to_text(added.run),
            }
            for (queue, function, state), added in sorted(found.items())
        ],
    )
    counts = failure_counts.c
    failed = (
        select(literal(into_s), literal(start), counts.fingerprint, func.sum(counts.total))
        .where(counts.step_s == of_s, counts.at_ms >= start, counts.at_ms < end)
        .group_by(counts.fingerprint)
    )
    connection.execute(
        insert(failure_counts).from_select(["step_s", "at_ms", "fingerprint", "total"], failed)
    )
