"""Forgetting: what is too old, or too much, is deleted in small pieces, and its space given back."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, text

from arqlight.history.rollups import HOUR_S, STEPS
from arqlight.history.states import LIVE, seq_from
from arqlight.history.tables import (
    audit,
    batch_totals,
    batches,
    depths,
    failure_counts,
    failures,
    jobs,
    rollups,
    totals,
    workers,
)
from arqlight.history.writing import Totals, forget

__all__ = ["Retention", "forget_figures", "forget_jobs", "give_back"]

DAY_MS = 86_400_000
# Jobs deleted in one transaction: some ms of it.
PIECE = 500
_PAGES_GIVEN_BACK = 2_000


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long what is kept. Jobs that are not complete stay.

    Args:
        days: jobs that were enqueued so many days ago are deleted.
        jobs: of more jobs than this the oldest are deleted.
        minute_days: for how many days the figures of each minute, and of five of them, are kept.
        hour_days: for how many days the figures of each hour, and groups of failures, are kept.
        worker_days: for how many days workers that are gone are shown.
        audit_days: for how many days it is kept who did what.
    """

    days: float = 7
    jobs: int = 1_000_000
    minute_days: float = 2
    hour_days: float = 90
    worker_days: float = 2
    audit_days: float = 90


def forget_jobs(connection: Connection, retention: Retention, now_ms: int) -> int:
    """Delete one piece of the jobs that are too old or too many; returns how many there were in it."""
    is_over = jobs.c.seq < seq_from(now_ms - int(retention.days * DAY_MS))
    excess = (connection.scalar(select(func.sum(totals.c.total))) or 0) - retention.jobs
    oldest = select(jobs.c.seq).order_by(jobs.c.seq).where(jobs.c.state.not_in(LIVE))
    chosen = oldest.limit(min(PIECE, int(excess))) if excess > 0 else oldest.where(is_over).limit(PIECE)
    seqs = list(connection.scalars(chosen))
    if not seqs:
        return 0
    deltas = Totals()
    forget(connection, jobs.c.seq.in_(seqs), deltas)
    deltas.write(connection)
    return len(seqs)


def forget_figures(connection: Connection, retention: Retention, now_ms: int) -> None:
    """Delete figures, groups of failures, batches and workers that are too old."""
    for table in (rollups, failure_counts, depths):
        for step_s in STEPS:
            days = retention.hour_days if step_s == HOUR_S else retention.minute_days
            over = table.c.at_ms < now_ms - int(days * DAY_MS)
            connection.execute(delete(table).where(table.c.step_s == step_s, over))
    connection.execute(
        delete(failures).where(failures.c.last_ms < now_ms - int(retention.hour_days * DAY_MS))
    )
    connection.execute(
        delete(workers).where(workers.c.last_ms < now_ms - int(retention.worker_days * DAY_MS))
    )
    connection.execute(
        delete(audit).where(audit.c.id < seq_from(now_ms - int(retention.audit_days * DAY_MS)))
    )
    connection.execute(delete(totals).where(totals.c.total == 0))
    connection.execute(delete(batch_totals).where(batch_totals.c.total == 0))
    has_jobs = select(batch_totals.c.batch_id).where(batch_totals.c.batch_id == batches.c.batch_id).exists()
    connection.execute(delete(batches).where(~has_jobs))


def give_back(connection: Connection) -> None:
    """Give some free pages of a SQLite file back to the file system. PostgreSQL does so by itself."""
    if connection.dialect.name == "sqlite":
        connection.execute(text(f"PRAGMA incremental_vacuum({_PAGES_GIVEN_BACK})"))
