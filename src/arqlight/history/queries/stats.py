"""Figures over time: throughput and percentiles, added up from minutes and hours."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, or_, select

from arqlight.history.histograms import from_texts, lower_ms, percentile, upper_ms
from arqlight.history.models import Percentiles, StatPoint, Stats, StatSeries, Usual
from arqlight.history.projection import ALL
from arqlight.history.queries.jobs import event_id
from arqlight.history.rollups import HOUR_MS, HOUR_S, MINUTE_S, STEPS, rolled_until
from arqlight.history.states import State
from arqlight.history.tables import failure_counts, rollups

__all__ = ["MOST_STEPS", "check_span", "in_span", "percentiles", "run_histogram", "stats", "usual"]

MOST_STEPS = 3_000
_USUAL_MS = 7 * 24 * HOUR_MS
GROUPS = ("function", "queue")


def stats(
    connection: Connection,
    *,
    since_ms: int,
    until_ms: int,
    step_s: int,
    group: str | None,
    functions: Sequence[str],
    queues: Sequence[str],
) -> Stats:
    """The series of a chart, see `History.stats`."""
    check_span(since_ms, until_ms, step_s)
    if group is not None and group not in GROUPS:
        raise ValueError(f"{group!r} is no way to group figures; there are {', '.join(GROUPS)}")
    span = in_span(connection, rollups, since_ms, until_ms, step_s)
    chosen = [span, *_which(group, functions, queues)]
    series = _one(connection, chosen, step_s) if group is None else _many(connection, chosen, step_s, group)
    return Stats(since_ms, until_ms, step_s, series, event_id(connection))


def check_span(since_ms: int, until_ms: int, step_s: int) -> None:
    """Make sure that a span of time can be cut into such steps.

    Raises:
        ValueError: it cannot, or there are too many.
    """
    if step_s < MINUTE_S or step_s % MINUTE_S:
        raise ValueError(f"step is {step_s} s; it must be whole minutes: 60, 300, 3600 ...")
    if until_ms <= since_ms:
        raise ValueError("the span of time ends before it begins")
    if (until_ms - since_ms) // (step_s * 1000) > MOST_STEPS:
        raise ValueError(f"more than {MOST_STEPS:,} steps of {step_s} s are too many; take longer ones")


def in_span(connection: Connection, table: Any, since_ms: int, until_ms: int, step_s: int) -> Any:
    """Rows of a span of time: the longest that steps are made of, shorter ones where these are not yet."""
    columns = table.c
    conditions = []
    start_ms = since_ms // (step_s * 1000) * step_s * 1000
    for kept_s in reversed([kept_s for kept_s in STEPS if step_s % kept_s == 0]):
        end_ms = until_ms if kept_s == MINUTE_S else min(until_ms, rolled_until(connection, kept_s))
        if start_ms < end_ms:
            conditions.append(
                and_(columns.step_s == kept_s, columns.at_ms >= start_ms, columns.at_ms < end_ms)
            )
            start_ms = end_ms
    return or_(false(), *conditions)


def _which(group: str | None, functions: Sequence[str], queues: Sequence[str]) -> list[ColumnElement[bool]]:
    """The rows that add up to what is asked for, each job counted once."""
    by_function = bool(functions) or group == "function"
    conditions = [rollups.c.function != ALL if by_function else rollups.c.function == ALL]
    by_queue = by_function or bool(queues) or group == "queue"
    conditions.append(rollups.c.queue != ALL if by_queue else rollups.c.queue == ALL)
    if functions:
        conditions.append(rollups.c.function.in_(functions))
    if queues:
        conditions.append(rollups.c.queue.in_(queues))
    return conditions


def _one(connection: Connection, chosen: list[ColumnElement[bool]], step_s: int) -> list[StatSeries]:
    steps: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(select(rollups).where(*chosen)):
        steps[row.at_ms // (step_s * 1000) * step_s * 1000].append(row)
    points = [
        StatPoint(
            at_ms,
            outcomes((row.state, row.total) for row in rows),
            percentiles(row.wait for row in rows),
            percentiles(row.run for row in rows),
        )
        for at_ms, rows in sorted(steps.items())
    ]
    return [StatSeries(None, points)]


def _many(
    connection: Connection, chosen: list[ColumnElement[bool]], step_s: int, group: str
) -> list[StatSeries]:
    step = rollups.c.at_ms - rollups.c.at_ms % (step_s * 1000)
    name = rollups.c[group]
    grouped = (
        select(name, step, rollups.c.state, func.sum(rollups.c.total))
        .where(*chosen)
        .group_by(name, step, rollups.c.state)
    )
    found: defaultdict[str, defaultdict[int, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for of, at_ms, state, total in connection.execute(grouped):
        found[of][int(at_ms)][state] += int(total)
    return [
        StatSeries(
            of, [StatPoint(at_ms, outcomes(counts.items())) for at_ms, counts in sorted(steps.items())]
        )
        for of, steps in sorted(found.items())
    ]


def outcomes(counted: Iterable[tuple[int, int]]) -> dict[str, int]:
    """Counts by the name of each outcome."""
    counts: Counter[str] = Counter()
    for state, total in counted:
        counts[State(state).name] += total
    return dict(counts)


def percentiles(texts: Iterable[str]) -> Percentiles:
    """The percentiles of several histograms together."""
    histogram = from_texts(texts)
    return Percentiles(*(percentile(histogram, share) for share in (0.5, 0.95, 0.99)))


def usual(connection: Connection, function: str, now_ms: int) -> Usual:
    """What is usual for a function, see `History.usual`."""
    span = in_span(connection, rollups, now_ms - _USUAL_MS, now_ms + 1, HOUR_S)
    of_it = (rollups.c.function == function, rollups.c.queue != ALL, rollups.c.state == State.succeeded)
    rows = connection.execute(select(rollups).where(span, *of_it)).all()
    return Usual(
        function,
        sum(row.total for row in rows),
        percentiles(row.wait for row in rows),
        percentiles(row.run for row in rows),
    )


def run_histogram(
    connection: Connection, function: str, since_ms: int, now_ms: int
) -> list[tuple[float, float, int]]:
    """How long a function's jobs ran, see `History.run_histogram`."""
    span = in_span(connection, rollups, since_ms, now_ms + 1, HOUR_S)
    of_it = (rollups.c.function == function, rollups.c.queue != ALL)
    texts = connection.scalars(select(rollups.c.run).where(span, *of_it))
    found = sorted(from_texts(texts).items())
    return [(lower_ms(bucket), upper_ms(bucket), count) for bucket, count in found]


def failure_points(
    connection: Connection, fingerprints: Sequence[str], since_ms: int, until_ms: int, step_s: int
) -> dict[str, list[tuple[int, int]]]:
    """How often failures of each fingerprint happened, step by step."""
    columns = failure_counts.c
    step = columns.at_ms - columns.at_ms % (step_s * 1000)
    grouped = (
        select(columns.fingerprint, step, func.sum(columns.total))
        .where(
            in_span(connection, failure_counts, since_ms, until_ms, step_s),
            columns.fingerprint.in_(fingerprints),
        )
        .group_by(columns.fingerprint, step)
        .order_by(step)
    )
    found: dict[str, list[tuple[int, int]]] = {fingerprint: [] for fingerprint in fingerprints}
    for fingerprint, at_ms, total in connection.execute(grouped):
        found[fingerprint].append((int(at_ms), int(total)))
    return found
