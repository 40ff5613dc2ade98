"""How many jobs of a list are in each state: exact where totals are kept, else counted up to a bound."""

from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, select, true

from arqlight.history.models import Count, JobFilter, StateCounts
from arqlight.history.queries.branches import branches_of, text_branches
from arqlight.history.queries.conditions import rest_of
from arqlight.history.queries.jobs import event_id
from arqlight.history.states import State
from arqlight.history.tables import jobs, totals

__all__ = ["MOST_COUNTED", "counts"]

# Beyond so many a count says "at least".
MOST_COUNTED = 10_000
_MOST_LOOKED_AT = 10_000
# Where each row has to be tested.
_MOST_TESTED = 4_000

_KEPT = frozenset(("functions", "queues", "statuses", "outcomes"))


def counts(connection: Connection, wanted: JobFilter, now_ms: int) -> StateCounts:
    """The counts of a list's states, see `History.counts`."""
    # The counts are what one may choose from, so what is chosen of states does not narrow them.
    every = _without_states(wanted)
    found = _kept(connection, every, now_ms) if _is_kept(every) else _looked(connection, every, now_ms)
    return StateCounts(found, event_id(connection))


def _without_states(wanted: JobFilter) -> JobFilter:
    return JobFilter(
        **{
            name: getattr(wanted, name)
            for name in JobFilter.__dataclass_fields__
            if name not in {"statuses", "outcomes"}
        }
    )


def _is_kept(wanted: JobFilter) -> bool:
    default = JobFilter()
    return all(
        getattr(wanted, name) == getattr(default, name)
        for name in JobFilter.__dataclass_fields__
        if name not in _KEPT
    )


def _kept(connection: Connection, wanted: JobFilter, now_ms: int) -> dict[str, Count]:
    conditions = []
    if wanted.functions:
        conditions.append(totals.c.function.in_(wanted.functions))
    if wanted.queues:
        conditions.append(totals.c.queue.in_(wanted.queues))
    chosen = select(totals.c.state, func.sum(totals.c.total)).where(*conditions).group_by(totals.c.state)
    found = {state: Count(0) for state in State}
    for state, count in connection.execute(chosen):
        found[State(state)] = Count(int(count))
    due = [jobs.c.state == literal_column("1"), jobs.c.due_ms <= now_ms, *rest_of(wanted, now_ms)]
    overdue = _count(connection, due)
    found[State.queued].value += overdue.value
    found[State.deferred].value = max(0, found[State.deferred].value - overdue.value)
    found[State.queued].exact = found[State.deferred].exact = overdue.exact
    return {state.name: count for state, count in found.items()}


def _count(connection: Connection, conditions: list[ColumnElement[bool]]) -> Count:
    some = select(jobs.c.seq).where(*conditions).limit(MOST_COUNTED + 1).subquery()
    count = connection.scalar(select(func.count()).select_from(some)) or 0
    return Count(min(count, MOST_COUNTED), exact=count <= MOST_COUNTED)


def _looked(connection: Connection, wanted: JobFilter, now_ms: int) -> dict[str, Count]:
    """Count the newest rows of the list's branches, so many of them at most."""
    branches, served = branches_of(connection, wanted, "age")
    if by_text := text_branches(connection, wanted):
        branches, served = by_text, frozenset()
    rest = rest_of(wanted, now_ms, served=served)
    is_due = and_(jobs.c.state == State.deferred, jobs.c.due_ms <= now_ms)
    found = {state: Count(0) for state in State}
    each = max(1, (_MOST_TESTED if rest else _MOST_LOOKED_AT) // len(branches))
    for branch in branches:
        rows = (
            select(
                jobs.c.state.label("state"),
                is_due.label("due"),
                (and_(*rest) if rest else true()).label("fits"),
            )
            .select_from(jobs if branch.through is None else branch.through)
            .where(*branch.where)
            .order_by(branch.seq.desc())
            .limit(each)
            .subquery()
        )
        grouped = select(rows.c.state, rows.c.due, rows.c.fits, func.count()).group_by(
            rows.c.state, rows.c.due, rows.c.fits
        )
        looked_at = 0
        for state, due, fits, count in connection.execute(grouped):
            looked_at += count
            if fits:
                found[State.queued if due else State(state)].value += count
        if looked_at == each:
            _unsure(found)
    return {state.name: count for state, count in found.items()}


def _unsure(found: dict[State, Count]) -> None:
    for count in found.values():
        count.exact = False
