"""Lists of jobs, and one job with all that is known of it."""

import json
from typing import Any

from sqlalchemy import Connection, Row, select

from arqlight.events import START
from arqlight.history.models import JobDetail, JobFilter, JobPage, JobRow, LogLine, Source, Try
from arqlight.history.queries.branches import SORTS, Found, Place, branches_of, text_branches, walk
from arqlight.history.queries.conditions import rest_of
from arqlight.history.states import ms_of, names_of
from arqlight.history.tables import jobs, logs, position, tries

__all__ = ["MOST_JOBS", "event_id", "find", "job", "page"]

MOST_JOBS = 1_000
_MOST_INCARNATIONS = 50
_MOST_LINES = 1_000
_CHUNK = 500
# How long a search looks at the newest rows before it asks the index.
_LOOK_FIRST_S = 0.005
_LONG = ("args", "kwargs", "result")
_SHORT = [column for column in jobs.columns if column.name not in _LONG]


def event_id(connection: Connection) -> str:
    """The last event that is in the tables."""
    return connection.scalar(select(position.c.event_id)) or START


def page(
    connection: Connection, wanted: JobFilter, *, sort: str, limit: int, cursor: str | None, now_ms: int
) -> JobPage:
    """One page of a list, see `History.jobs`."""
    found = find(connection, wanted, sort=sort, limit=limit, after=_place(cursor), now_ms=now_ms)
    return JobPage(
        rows_at(connection, [place.seq for place in found.places], now_ms),
        None if found.next is None else f"{found.next.value}.{found.next.seq}",
        event_id(connection),
        ms_of(found.next.seq) if found.stopped and found.next is not None else None,
    )


def find(
    connection: Connection,
    wanted: JobFilter,
    *,
    sort: str,
    limit: int,
    after: Place | None,
    now_ms: int,
) -> Found:
    """The places of a page's jobs.

    Raises:
        ValueError: the sort or a word of the filter is unknown, or the limit is out of bounds.
    """
    if sort.removeprefix("-") not in SORTS:
        raise ValueError(
            f"{sort!r} is no order of jobs; there are {', '.join(SORTS)}, each with - for the reverse"
        )
    if not 1 <= limit <= MOST_JOBS:
        raise ValueError(f"limit is {limit}; it must be from 1 to {MOST_JOBS:,}")
    branches, served = branches_of(connection, wanted, sort)
    rest = rest_of(wanted, now_ms, served=served)
    # The youngest is the one with the highest key.
    descending = sort == "age" or (sort.startswith("-") and sort != "-age")
    by_text = text_branches(connection, wanted) if sort.endswith("age") else []
    if not by_text:
        return walk(connection, branches, rest, descending=descending, limit=limit, after=after)
    # A frequent text is soon found by looking at the newest rows, a rare one by its index.
    near = walk(
        connection, branches, rest, descending=descending, limit=limit, after=after, budget_s=_LOOK_FIRST_S
    )
    if not near.stopped:
        return near
    found = walk(
        connection,
        by_text,
        rest_of(wanted, now_ms),
        descending=descending,
        limit=limit - len(near.places),
        after=near.next,
    )
    return Found(near.places + found.places, found.next, found.stopped)


def _place(cursor: str | None) -> Place | None:
    if not cursor:
        return None
    value, _, seq = cursor.partition(".")
    try:
        return Place(int(value), int(seq))
    except ValueError:
        raise ValueError(f"{cursor[:60]!r} is not a cursor; take the one called next in a page") from None


def rows_at(connection: Connection, seqs: list[int], now_ms: int) -> list[JobRow]:
    """The jobs with these keys, in this order; those that are gone are left out."""
    known: dict[int, JobRow] = {}
    for first in range(0, len(seqs), _CHUNK):
        chosen = select(*_SHORT).where(jobs.c.seq.in_(seqs[first : first + _CHUNK]))
        known.update((row.seq, _job(row, now_ms)) for row in connection.execute(chosen))
    return [known[seq] for seq in seqs if seq in known]


def _job(row: Row[Any], now_ms: int) -> JobRow:
    status, outcome = names_of(row.state, row.due_ms, now_ms)
    return JobRow(
        key=str(row.seq),
        job_id=row.job_id,
        queue=row.queue,
        function=row.function or None,
        call=row.call,
        status=status,
        outcome=outcome,
        job_try=row.job_try,
        batch_id=row.batch_id,
        enqueue_ms=row.enqueue_ms,
        due_ms=row.due_ms,
        start_ms=row.start_ms,
        finish_ms=row.finish_ms,
        wait_ms=row.wait_ms,
        run_ms=row.run_ms,
        worker_id=row.worker_id,
        error_type=row.error_type,
        error_message=row.error_message,
        fingerprint=row.fingerprint,
        owner=row.owner,
        source=Source(row.source).name,
        event_id=row.event_id,
    )


def job(connection: Connection, job_id: str, *, key: str | None, now_ms: int) -> JobDetail | None:
    """A job with all that is known of it: its newest incarnation, or the one with this key."""
    newest_first = (
        select(*_SHORT).where(jobs.c.job_id == job_id).order_by(jobs.c.seq.desc()).limit(_MOST_INCARNATIONS)
    )
    found = [_job(row, now_ms) for row in connection.execute(newest_first)]
    chosen = next((one for one in found if key is None or one.key == key), None)
    if chosen is None:
        return None
    seq = int(chosen.key)
    long = connection.execute(select(*(jobs.c[name] for name in _LONG)).where(jobs.c.seq == seq)).one()
    return JobDetail(
        job=chosen,
        args=_json(long.args),
        kwargs=_json(long.kwargs),
        result=_json(long.result),
        has_result=long.result is not None,
        tries=_tries(connection, chosen),
        logs=lines(connection, seq),
        event_id=event_id(connection),
        incarnations=[one for one in found if one is not chosen],
    )


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _tries(connection: Connection, job: JobRow) -> list[Try]:
    """Those that ended badly, and the last one, which the job's row tells."""
    rows = connection.execute(select(tries).where(tries.c.seq == int(job.key)).order_by(tries.c.ordinal))
    found = [
        Try(
            number=row.job_try,
            worker_id=row.worker_id,
            start_ms=row.start_ms,
            finish_ms=row.finish_ms,
            ended=row.ended,
            next_ms=row.next_ms,
            error_type=row.error_type,
            error_message=row.error_message,
            traceback=row.traceback,
        )
        for row in rows
    ]
    is_last_told = job.status == "in_progress" or job.outcome in {"succeeded", "aborted"}
    if is_last_told and job.start_ms is not None and job.start_ms not in {one.start_ms for one in found}:
        found.append(
            Try(
                number=job.job_try,
                worker_id=job.worker_id,
                start_ms=job.start_ms,
                finish_ms=job.finish_ms,
                ended=job.outcome,
                next_ms=None,
                error_type=None,
                error_message=None,
                traceback=None,
            )
        )
    return found


def lines(connection: Connection, seq: int) -> list[LogLine]:
    """The first lines that a job logged."""
    rows = connection.execute(
        select(logs).where(logs.c.seq == seq).order_by(logs.c.event, logs.c.number).limit(_MOST_LINES)
    )
    return [
        LogLine(f"{row.event}.{row.number}", row.at_ms, row.job_try, row.level, row.logger, row.text)
        for row in rows
    ]
