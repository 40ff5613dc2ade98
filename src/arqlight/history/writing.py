"""Writing changes: the SQL of a recorder's transaction."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Table,
    Update,
    bindparam,
    delete,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from arqlight.history.histograms import from_text, to_text
from arqlight.history.projection import MINUTE_MS, Changes, Failure, Rollup, Seen
from arqlight.history.rows import COLUMNS, JobState
from arqlight.history.tables import (
    batch_totals,
    batches,
    failure_counts,
    failures,
    jobs,
    logs,
    meta,
    rollups,
    totals,
    tries,
    workers,
)

__all__ = ["Totals", "forget", "identify", "load", "put", "upsert", "write"]

MINUTE_S = MINUTE_MS // 1000
_CHUNK = 500


class Totals:
    """What rows that come, go or change add to the totals and take from them."""

    def __init__(self) -> None:
        self.by_function: Counter[tuple[str, str, int]] = Counter()
        self.by_batch: Counter[tuple[str, int]] = Counter()

    def add(self, row: Mapping[str, Any], count: int) -> None:
        """Count a row that is there (1) or is no more (-1)."""
        self.by_function[row["queue"], row["function"], row["state"]] += count
        if row["batch_id"] is not None:
            self.by_batch[row["batch_id"], row["state"]] += count

    def write(self, connection: Connection) -> None:
        """Bring the tables in step."""
        _add_up(
            connection,
            totals,
            [
                {"queue": queue, "function": function, "state": state, "total": count}
                for (queue, function, state), count in sorted(self.by_function.items())
                if count
            ],
        )
        _add_up(
            connection,
            batch_totals,
            [
                {"batch_id": batch_id, "state": state, "total": count}
                for (batch_id, state), count in sorted(self.by_batch.items())
                if count
            ],
        )


def identify(connection: Connection) -> str:
    """The history's own id, drawn when it is first asked for: recorders of one history exclude each other."""
    drawn = {"name": "id", "value": secrets.token_hex(8)}
    connection.execute(upsert(connection, meta).values(drawn).on_conflict_do_nothing())
    return str(connection.scalar(select(meta.c.value).where(meta.c.name == "id")))


def load(connection: Connection, job_ids: Sequence[str]) -> dict[str, JobState]:
    """The newest row of each of these jobs that the table has."""
    found: dict[str, JobState] = {}
    for first in range(0, len(job_ids), _CHUNK):
        some = job_ids[first : first + _CHUNK]
        rows = connection.execute(select(jobs).where(jobs.c.job_id.in_(some)).order_by(jobs.c.seq))
        for row in rows:
            found[row.job_id] = JobState.from_row(dict(zip(COLUMNS, row, strict=True)))
    return found


def write(connection: Connection, changes: Changes) -> None:
    """Put changes into the tables."""
    deltas = Totals()
    if changes.deleted:
        _delete(connection, list(changes.deleted), deltas)
    _write_jobs(connection, changes, deltas)
    _insert(connection, tries, changes.tries)
    _insert(connection, logs, changes.logs)
    deltas.write(connection)
    _note_batches(connection, changes.batches)
    _add_rollups(connection, changes.rollups)
    _add_failures(connection, changes.failures)
    _note_workers(connection, changes.workers)


def _delete(connection: Connection, job_ids: list[str], deltas: Totals) -> None:
    for first in range(0, len(job_ids), _CHUNK):
        forget(connection, jobs.c.job_id.in_(job_ids[first : first + _CHUNK]), deltas)


def forget(connection: Connection, which: ColumnElement[bool], deltas: Totals) -> int:
    """Delete jobs and what belongs to them; returns how many. The totals are left to the caller."""
    counted = ("seq", "queue", "function", "state", "batch_id")
    found = connection.execute(select(*(jobs.c[name] for name in counted)).where(which))
    seqs = []
    for row in found:
        seqs.append(row.seq)
        deltas.add(row._asdict(), -1)
    for first in range(0, len(seqs), _CHUNK):
        some = seqs[first : first + _CHUNK]
        for table in (jobs, tries, logs):
            connection.execute(delete(table).where(table.c.seq.in_(some)))
    return len(seqs)


def _note_batches(connection: Connection, first: dict[str, JobState]) -> None:
    """Keep of each batch where its first job stands."""
    if not first:
        return
    columns = [column.name for column in batches.columns]
    rows = [{name: job.values[name] for name in columns} for _, job in sorted(first.items())]
    connection.execute(upsert(connection, batches).on_conflict_do_nothing(), rows)


def _write_jobs(connection: Connection, changes: Changes, deltas: Totals) -> None:
    new: list[dict[str, Any]] = []
    # Rows that changed in the same columns share a statement, which touches no index but theirs.
    changed: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for seq, job in changes.jobs.items():
        values, stored = job.values, job.stored
        if stored:
            deltas.add(stored, -1)
        deltas.add(values, 1)
        if not stored:
            new.append(values)
        elif columns := job.changes():
            changed[tuple(columns)].append({"key": seq, **columns})
    _insert(connection, jobs, new)
    for names, rows in changed.items():
        chosen = update(jobs).where(jobs.c.seq == bindparam("key"))
        _execute_many(connection, chosen.values({name: bindparam(name) for name in names}), rows)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        _execute_many(
            connection, insert(table).values({c.name: bindparam(c.name) for c in table.columns}), rows
        )


def _execute_many(connection: Connection, statement: Insert | Update, rows: list[dict[str, Any]]) -> None:
    """Run a statement for each row, given by the names of its parameters.

    Past SQLAlchemy's handling of each row, which takes longer than the driver does: our values are numbers
    and texts, which no driver wants changed.
    """
    compiled = statement.compile(dialect=connection.dialect)
    names = compiled.positiontup
    values = rows if names is None else [tuple(map(row.__getitem__, names)) for row in rows]
    connection.exec_driver_sql(str(compiled), values)


def upsert(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT of the database's own kind, which has ``on_conflict_do_update``."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _add_up(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Add each row's total to the one that is there."""
    if not rows:
        return
    statement = upsert(connection, table)
    added = {"total": table.c.total + statement.excluded.total}
    connection.execute(
        statement.on_conflict_do_update(index_elements=table.primary_key.columns, set_=added), rows
    )


def _add_rollups(connection: Connection, added: dict[tuple[int, str, str, int], Rollup]) -> None:
    keys = sorted(added)
    for first in range(0, len(keys), _CHUNK):
        _add_some_rollups(connection, {key: added[key] for key in keys[first : first + _CHUNK]})


def _add_some_rollups(connection: Connection, added: dict[tuple[int, str, str, int], Rollup]) -> None:
    key = tuple_(rollups.c.at_ms, rollups.c.queue, rollups.c.function, rollups.c.state)
    stored = select(rollups).where(rollups.c.step_s == MINUTE_S, key.in_(list(added)))
    for row in connection.execute(stored):
        rollup = added[row.at_ms, row.queue, row.function, row.state]
        rollup.count += row.total
        rollup.wait.update(from_text(row.wait))
        rollup.run.update(from_text(row.run))
    rows = [
        {
            "step_s": MINUTE_S,
            "at_ms": at_ms,
            "queue": queue,
            "function": function,
            "state": state,
            "total": rollup.count,
            "wait": to_text(rollup.wait),
            "run": to_text(rollup.run),
        }
        for (at_ms, queue, function, state), rollup in added.items()
    ]
    put(connection, rollups, rows)


def put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, in the place of those that have their keys."""
    if not rows:
        return
    statement = upsert(connection, table)
    rest = [column.name for column in table.columns if not column.primary_key]
    replaced = {name: statement.excluded[name] for name in rest}
    connection.execute(
        statement.on_conflict_do_update(index_elements=table.primary_key.columns, set_=replaced), rows
    )


def _add_failures(connection: Connection, added: dict[str, Failure]) -> None:
    if not added:
        return
    groups, minutes = [], []
    for fingerprint, failure in sorted(added.items()):
        groups.append(
            {
                "fingerprint": fingerprint,
                "function": failure.function,
                "error_type": failure.error_type,
                "location": failure.location,
                "message": failure.message,
                "first_ms": failure.first_ms,
                "last_ms": failure.last_ms,
                "last_seq": failure.last_seq,
                "total": failure.minutes.total(),
            }
        )
        minutes += [
            {"step_s": MINUTE_S, "at_ms": at_ms, "fingerprint": fingerprint, "total": count}
            for at_ms, count in sorted(failure.minutes.items())
        ]
    statement = upsert(connection, failures)
    latest: dict[str, ColumnElement[Any]] = {
        name: statement.excluded[name] for name in ("message", "last_ms", "last_seq")
    }
    latest["total"] = failures.c.total + statement.excluded.total
    connection.execute(
        statement.on_conflict_do_update(index_elements=failures.primary_key.columns, set_=latest), groups
    )
    _add_up(connection, failure_counts, minutes)


def _note_workers(connection: Connection, seen: dict[str, Seen]) -> None:
    if not seen:
        return
    statement = upsert(connection, workers)
    rows = [
        {
            "worker_id": worker_id,
            "queue": worker.queue,
            "first_ms": worker.first_ms,
            "last_ms": worker.last_ms,
        }
        for worker_id, worker in sorted(seen.items())
    ]
    later = {"last_ms": statement.excluded.last_ms}
    connection.execute(
        statement.on_conflict_do_update(index_elements=workers.primary_key.columns, set_=later), rows
    )
