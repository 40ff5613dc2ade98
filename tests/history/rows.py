"""Made-up rows, and what a list of them must be by the plain meaning of a filter."""

import random
from typing import Any

from sqlalchemy import Connection, func, insert, select

from arqlight.history import JobFilter
from arqlight.history.states import State, ms_of, seq_from, states_named
from arqlight.history.tables import jobs, position, totals

NOW_MS = 1_764_000_000_000
ERRORS = ("ValueError", "app.PaymentError")


def make_rows(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Rows of jobs, one ms apart, that differ in all that a filter asks for."""
    draw = random.Random(seed)
    return [_row(number, draw) for number in range(count)]


def _row(number: int, draw: random.Random) -> dict[str, Any]:
    state = draw.choice(list(State))
    at_ms = NOW_MS - 1_000_000 + number
    ran = state in (State.succeeded, State.failed)
    error = draw.choice(ERRORS) if state is State.failed else None
    function = draw.choice(("send_email", "resize_image", "charge"))
    return {
        "seq": seq_from(at_ms, draw.randrange(3)),
        "job_id": f"job-{number:06d}",
        "queue": draw.choice(("arq:queue", "slow")),
        "function": function,
        "call": f"{function}({draw.randrange(100)})",
        "state": state,
        "job_try": draw.choice((1, 1, 1, 2, 3)) if ran or state is State.in_progress else 0,
        "batch_id": draw.choice((None, "batch-1", "batch-2")),
        "enqueue_ms": at_ms,
        "due_ms": NOW_MS + 60_000 * draw.choice((-1, 1)) if state is State.deferred else at_ms,
        "start_ms": at_ms + 5 if ran else None,
        "finish_ms": at_ms + 10 if ran else None,
        "wait_ms": draw.randrange(50) if ran else None,
        "run_ms": draw.randrange(50) if ran else None,
        "worker_id": draw.choice(("w1", "w2")) if ran else None,
        "error_type": error,
        "error_message": f"no such {draw.choice(('card', 'ADDRESS'))} 100%" if error else None,
        "fingerprint": f"{function}-{error}" if error else None,
        "owner": None,
        "source": 0,
        "event_id": f"{at_ms}-0",
        "bad_tries": 0,
        "searched": 0,
    }


def fill(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Put rows into an empty history, and what is kept in step with them."""
    connection.execute(insert(jobs), rows)
    kept = select(jobs.c.queue, jobs.c.function, jobs.c.state, func.count()).group_by(
        jobs.c.queue, jobs.c.function, jobs.c.state
    )
    connection.execute(insert(totals).from_select(["queue", "function", "state", "total"], kept))
    connection.execute(insert(position), {"id": 1, "event_id": "7-0", "fence": 0, "unknown_events": 0})


def holds(row: dict[str, Any], wanted: JobFilter) -> bool:
    """Whether a filter means a row, at `NOW_MS`."""
    text = (wanted.q or "").lower()
    error = f"{row['error_type']}: {row['error_message']}" if row["error_type"] else ""
    return (
        _in(_state_name(row), states_named(wanted.statuses, wanted.outcomes))
        and _in(row["function"], wanted.functions)
        and _in(row["queue"], wanted.queues)
        and _in(row["worker_id"], wanted.workers)
        and _in(row["batch_id"], (wanted.batch,) if wanted.batch else ())
        and _in(row["error_type"], wanted.error_types)
        and _in(row["fingerprint"], (wanted.fingerprint,) if wanted.fingerprint else ())
        and _in(row["job_id"], wanted.job_ids)
        and any(text in part.lower() for part in (row["job_id"], row["call"], error))
        and _error_has(row, (wanted.error or "").lower())
        and _between(
            ms_of(row["seq"]), wanted.since_ms, None if wanted.until_ms is None else wanted.until_ms - 1
        )
        and _between(row["run_ms"], wanted.min_run_ms, wanted.max_run_ms)
        and _between(row["wait_ms"], wanted.min_wait_ms, wanted.max_wait_ms)
    )


def _state_name(row: dict[str, Any]) -> str:
    if row["state"] == State.deferred and row["due_ms"] <= NOW_MS:
        return "queued"
    return State(row["state"]).name


def _error_has(row: dict[str, Any], text: str) -> bool:
    return not text or any(text in (row[name] or "").lower() for name in ("error_type", "error_message"))


def _in(value: object, values: Any) -> bool:
    return not values or value in values


def _between(value: int | None, least: int | None, most: int | None) -> bool:
    if least is None and most is None:
        return True
    return value is not None and (least is None or value >= least) and (most is None or value <= most)


def ordered(rows: list[dict[str, Any]], sort: str) -> list[str]:
    """The keys of a list in its order; rows that have no value are not in it."""
    column = {"age": "seq", "wait": "wait_ms", "run": "run_ms", "tries": "job_try"}[sort.lstrip("-")]
    listed = [row for row in rows if row[column] is not None]
    least = 1 if column == "job_try" else 0
    descending = sort.startswith("-") != (sort.lstrip("-") == "age")
    listed.sort(key=lambda row: (max(row[column], least), row["seq"]), reverse=descending)
    return [str(row["seq"]) for row in listed]


def counted(rows: list[dict[str, Any]]) -> dict[str, int]:
    """How many rows are in each state, at `NOW_MS`."""
    counts = {state.name: 0 for state in State}
    for row in rows:
        counts[_state_name(row)] += 1
    return counts
