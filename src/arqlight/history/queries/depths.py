"""How deep queues were over time."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from arqlight.history.models import Depths, QueueDepths
from arqlight.history.queries.jobs import event_id
from arqlight.history.queries.stats import check_span
from arqlight.history.rollups import HOUR_S, MINUTE_S
from arqlight.history.tables import depths as table

__all__ = ["depths"]


def depths(
    connection: Connection, *, since_ms: int, until_ms: int, step_s: int, queues: Sequence[str]
) -> Depths:
    """See `History.depths`."""
    check_span(since_ms, until_ms, step_s)
    step_ms = step_s * 1000
    first_ms = since_ms // step_ms * step_ms
    step = table.c.at_ms - table.c.at_ms % step_ms
    kept_s = HOUR_S if step_s % HOUR_S == 0 else MINUTE_S
    chosen = (
        select(table.c.queue, step, func.max(table.c.waiting))
        .where(table.c.step_s == kept_s, table.c.at_ms >= first_ms, table.c.at_ms < until_ms)
        .group_by(table.c.queue, step)
    )
    if queues:
        chosen = chosen.where(table.c.queue.in_(queues))
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for queue, at_ms, waiting in connection.execute(chosen):
        found[queue][int(at_ms)] = int(waiting)
    steps = range(first_ms, until_ms, step_ms)
    return Depths(
        since_ms,
        until_ms,
        step_s,
        [
            QueueDepths(name, [(at_ms, found[name].get(at_ms, 0)) for at_ms in steps])
            for name in sorted({*found, *queues})
        ],
        event_id(connection),
    )
