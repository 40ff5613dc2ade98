"""Groups of failures."""

from collections.abc import Sequence

from sqlalchemy import Connection, or_, select, tuple_

from arqlight.history.models import FailureGroup, FailurePage
from arqlight.history.queries.jobs import event_id
from arqlight.history.queries.stats import check_span, failure_points
from arqlight.history.tables import failures, jobs
from arqlight.history.texts import containing

__all__ = ["FAILURE_SORTS", "page"]

FAILURE_SORTS = ("last", "total")
_MOST = 200


def page(
    connection: Connection,
    *,
    since_ms: int,
    until_ms: int,
    step_s: int,
    functions: Sequence[str],
    q: str | None,
    fingerprint: str | None,
    sort: str,
    limit: int,
    cursor: str | None,
) -> FailurePage:
    """Some groups with failures since a time, see `History.failures`."""
    check_span(since_ms, until_ms, step_s)
    if sort not in FAILURE_SORTS:
        raise ValueError(f"{sort!r} is no order of failures; there are {', '.join(FAILURE_SORTS)}")
    if not 1 <= limit <= _MOST:
        raise ValueError(f"limit is {limit}; it must be from 1 to {_MOST}")
    key = failures.c.last_ms if sort == "last" else failures.c.total
    is_meant = failures.c.fingerprint == fingerprint if fingerprint else failures.c.last_ms >= since_ms
    chosen = select(failures).where(is_meant)
    if functions:
        chosen = chosen.where(failures.c.function.in_(functions))
    if q:
        names = (failures.c.function, failures.c.error_type, failures.c.message, failures.c.location)
        chosen = chosen.where(or_(*(containing(column, q) for column in names)))
    if cursor:
        chosen = chosen.where(tuple_(key, failures.c.fingerprint) < tuple_(*_place(cursor)))
    ordered = chosen.order_by(key.desc(), failures.c.fingerprint.desc()).limit(limit)
    rows = connection.execute(ordered).all()
    points = failure_points(connection, [row.fingerprint for row in rows], since_ms, until_ms, step_s)
    ids = _ids(connection, [row.last_seq for row in rows])
    groups = [
        FailureGroup(
            fingerprint=row.fingerprint,
            function=row.function,
            error_type=row.error_type,
            location=row.location,
            message=row.message,
            first_ms=row.first_ms,
            last_ms=row.last_ms,
            total=row.total,
            last_job_id=ids.get(row.last_seq),
            points=points[row.fingerprint],
        )
        for row in rows
    ]
    last = rows[-1] if len(rows) == limit else None
    following = (
        None if last is None else f"{last.last_ms if sort == 'last' else last.total}.{last.fingerprint}"
    )
    return FailurePage(groups, following, event_id(connection), step_s)


def _place(cursor: str) -> tuple[int, str]:
    value, _, fingerprint = cursor.partition(".")
    if not value.isdecimal() or not fingerprint:
        raise ValueError(f"{cursor[:60]!r} is not a cursor; take the one called next in a page")
    return int(value), fingerprint


def _ids(connection: Connection, seqs: list[int]) -> dict[int, str]:
    rows = connection.execute(select(jobs.c.seq, jobs.c.job_id).where(jobs.c.seq.in_(seqs)))
    return {row.seq: row.job_id for row in rows}
