"""What there is beside jobs: functions, queues, workers, schedules, batches; and completing their names."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, literal_column, select

from arqlight.history.models import (
    BatchPage,
    BatchRow,
    FunctionList,
    FunctionStats,
    JobFilter,
    QueueList,
    QueueStats,
    ScheduleList,
    ScheduleRow,
    WorkerList,
    WorkerRow,
)
from arqlight.history.projection import ALL
from arqlight.history.queries.jobs import event_id, find, rows_at
from arqlight.history.queries.stats import in_span, outcomes, percentiles
from arqlight.history.rollups import HOUR_S
from arqlight.history.states import State, ms_of
from arqlight.history.tables import batch_totals, batches, failures, rollups, totals, tries, workers
from arqlight.history.texts import containing

__all__ = [
    "SUGGESTED",
    "batch_page",
    "function_list",
    "queue_list",
    "schedule_list",
    "suggest",
    "worker_list",
]

_MOST_WORKERS = 1_000
_MOST_BATCHES = 200
_LAST_RUNS = 10
# What arq puts before the names of functions that run by schedule.
_CRON = "cron:"

SUGGESTED = {
    "function": totals.c.function,
    "queue": totals.c.queue,
    "worker": workers.c.worker_id,
    "error_type": failures.c.error_type,
}


def _by_state(counted: Iterable[Any]) -> dict[str, dict[str, int]]:
    """Rows of name, state and total as counts of each state's name."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, state, total in counted:
        found[name][State(state).name] += int(total)
    return {name: dict(counts) for name, counts in sorted(found.items())}


def function_list(connection: Connection, since_ms: int, now_ms: int) -> FunctionList:
    """All functions, see `History.functions`."""
    counted = select(totals.c.function, totals.c.state, func.sum(totals.c.total)).group_by(
        totals.c.function, totals.c.state
    )
    counts = _by_state(connection.execute(counted))
    span = in_span(connection, rollups, since_ms, now_ms + 1, HOUR_S)
    recent: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(select(rollups).where(span, rollups.c.function != ALL)):
        recent[row.function].append(row)
    return FunctionList(
        [
            FunctionStats(
                name,
                counts.get(name, {}),
                outcomes((row.state, row.total) for row in recent[name]),
                percentiles(row.wait for row in recent[name]),
                percentiles(row.run for row in recent[name]),
            )
            for name in sorted({*counts, *recent} - {""})
        ],
        since_ms,
        event_id(connection),
    )


def queue_list(connection: Connection) -> QueueList:
    """All queues, see `History.queues`."""
    counted = select(totals.c.queue, totals.c.state, func.sum(totals.c.total)).group_by(
        totals.c.queue, totals.c.state
    )
    found = _by_state(connection.execute(counted))
    return QueueList([QueueStats(name, counts) for name, counts in found.items()], event_id(connection))


def worker_list(connection: Connection, since_ms: int) -> WorkerList:
    """Workers that were seen since a time, see `History.workers`."""
    # Written out, not a parameter, so that SQLite finds the index of such tries.
    is_lost = tries.c.ended == literal_column("'lost'")
    lost = exists().where(tries.c.worker_id == workers.c.worker_id, is_lost).label("lost")
    seen = select(workers, lost).where(workers.c.last_ms >= since_ms).order_by(workers.c.last_ms.desc())
    rows = connection.execute(seen.limit(_MOST_WORKERS)).mappings()
    return WorkerList([WorkerRow(**{**row, "lost": bool(row["lost"])}) for row in rows], event_id(connection))


def schedule_list(connection: Connection, now_ms: int) -> ScheduleList:
    """All cron jobs that ran, see `History.schedules`."""
    counted = (
        select(totals.c.function, totals.c.state, func.sum(totals.c.total))
        .where(totals.c.function.startswith(_CRON))
        .group_by(totals.c.function, totals.c.state)
    )
    found = []
    for name, counts in _by_state(connection.execute(counted)).items():
        of_it = JobFilter(functions=(name,))
        last = find(connection, of_it, sort="age", limit=_LAST_RUNS, after=None, now_ms=now_ms)
        runs = rows_at(connection, [place.seq for place in last.places], now_ms)
        found.append(ScheduleRow(name, counts, runs))
    return ScheduleList(found, event_id(connection))


def batch_page(connection: Connection, *, limit: int, cursor: str | None) -> BatchPage:
    """Some batches, see `History.batches`."""
    if not 1 <= limit <= _MOST_BATCHES:
        raise ValueError(f"limit is {limit}; it must be from 1 to {_MOST_BATCHES}")
    chosen = select(batches).order_by(batches.c.seq.desc()).limit(limit)
    if cursor:
        if not cursor.isdecimal():
            raise ValueError(f"{cursor[:60]!r} is not a cursor; take the one called next in a page")
        chosen = chosen.where(batches.c.seq < int(cursor))
    rows = connection.execute(chosen).all()
    counted = select(batch_totals).where(batch_totals.c.batch_id.in_([row.batch_id for row in rows]))
    counts = _by_state(connection.execute(counted))
    found = [
        BatchRow(
            batch_id=row.batch_id,
            queue=row.queue,
            function=row.function or None,
            enqueue_ms=ms_of(row.seq),
            total=sum(counts.get(row.batch_id, {}).values()),
            counts=counts.get(row.batch_id, {}),
        )
        for row in rows
    ]
    return BatchPage(found, str(rows[-1].seq) if len(rows) == limit else None, event_id(connection))


def suggest(connection: Connection, field: str, text: str, limit: int) -> list[str]:
    """Names that contain a text, those that begin with it first; see `History.suggest`."""
    column = SUGGESTED.get(field)
    if column is None:
        raise ValueError(f"{field!r} cannot be completed; there are {', '.join(SUGGESTED)}")
    begins = containing_first(column, text)
    return [name for name in connection.scalars(begins.limit(limit)) if name]


def containing_first(column: Any, text: str) -> Select[Any]:
    """Distinct names that contain a text, those that begin with it first."""
    names = select(column.label("name")).where(containing(column, text), column != "").distinct().subquery()
    begins = func.lower(names.c.name).startswith(text.lower(), autoescape=True)
    return select(names.c.name).order_by(begins.desc(), names.c.name)
