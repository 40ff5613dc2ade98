"""Lists in pages whose cost is bounded, however many jobs there are and whatever the filter.

A list is a merge of *branches*: stretches of an index that are already in the list's order, one for each
combination of values that the index starts with. What the index does not serve is tested row by row, in
windows of so many rows, until the page is full or the time is up; then the page ends where the looking ended.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    desc,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from arqlight.history.models import JobFilter
from arqlight.history.queries.conditions import span_of, state_numbers
from arqlight.history.states import State
from arqlight.history.tables import jobs, totals
from arqlight.history.texts import JOBS_TEXT, LEAST_CHARACTERS, has_index, match_of, text_has

__all__ = ["SORTS", "Branch", "Found", "Place", "branches_of", "text_branches", "walk"]

# The most branches in one statement: SQLite takes 500 parts of a UNION.
_MOST_BRANCHES = 240
_FIRST_WINDOW = 1_000
_LARGEST_WINDOW = 4_000
_BUDGET_S = 0.015

SORTS = ("age", "wait", "run", "tries")


class Place(NamedTuple):
    """A place in a list: the value that it is sorted by (0 for age) and the job's key."""

    value: int
    seq: int


@dataclass(frozen=True, slots=True)
class Branch:
    """Rows that hold ``where``, in the order of ``column`` and seq.

    Without a column the order is that of seq alone, and all rows count as having ``value``. ``through`` is
    what the rows are found by, if that is not the table itself, and ``seq`` its column of their keys.
    """

    where: tuple[ColumnElement[bool], ...]
    column: ColumnElement[int] | None = None
    value: int = 0
    through: FromClause | None = None
    seq: ColumnElement[int] = jobs.c.seq


@dataclass(slots=True)
class Found:
    """What a walk found, in order, and from where to go on: None at the list's end."""

    places: list[Place]
    next: Place | None
    # Where the looking ended, if not at a full page or at the list's end.
    stopped: bool = False


def branches_of(connection: Connection, wanted: JobFilter, sort: str) -> tuple[list[Branch], frozenset[str]]:
    """The branches that make up a list, and the filter's fields that they serve."""
    by_name = sort.lstrip("-")
    span = tuple(span_of(wanted))
    if by_name == "tries":
        more = Branch((jobs.c.job_try > 1, *span), jobs.c.job_try)
        return [more, Branch((jobs.c.job_try <= 1, *span), None, 1)], frozenset()
    if by_name in {"wait", "run"}:
        column = jobs.c.wait_ms if by_name == "wait" else jobs.c.run_ms
        names = wanted.functions or _all_functions(connection)
        return (
            [Branch((jobs.c.function == name, column.is_not(None), *span), column) for name in names],
            frozenset(("functions",)),
        )
    return _by_age(wanted, span)


def _by_age(wanted: JobFilter, span: tuple[ColumnElement[bool], ...]) -> tuple[list[Branch], frozenset[str]]:
    """The most telling index that serves the filter."""
    for field, column in (
        ("job_ids", jobs.c.job_id),
        ("batch", jobs.c.batch_id),
        ("fingerprint", jobs.c.fingerprint),
        ("owner", jobs.c.owner),
        ("workers", jobs.c.worker_id),
    ):
        value = getattr(wanted, field)
        values = (value,) if isinstance(value, str) else value
        if values and len(values) <= _MOST_BRANCHES:
            return [Branch((column == one, *span)) for one in values], frozenset((field,))
    states = sorted(state_numbers(wanted))
    for field, column in (("functions", jobs.c.function), ("queues", jobs.c.queue)):
        values = getattr(wanted, field)
        if values and len(values) * len(states) <= _MOST_BRANCHES:
            return (
                [
                    Branch((column == one, jobs.c.state == state, *span))
                    for one, state in product(values, states)
                ],
                frozenset((field, "states")),
            )
    if len(states) < len(State):
        return [Branch((jobs.c.state == state, *span)) for state in states], frozenset(("states",))
    return [Branch(span)], frozenset()


def text_branches(connection: Connection, wanted: JobFilter) -> list[Branch]:
    """The branches that make up a list by age of what contains a text; none where no index serves that."""
    text = wanted.q or ""
    if len(text) < LEAST_CHARACTERS or not has_index(connection):
        return []
    unsearched = Branch((jobs.c.searched == literal_column("0"), *span_of(wanted)))
    if connection.dialect.name == "sqlite":
        seq = JOBS_TEXT.c.rowid
        found = Branch(
            (match_of(text), *span_of(wanted, seq)),
            through=JOBS_TEXT.join(jobs, jobs.c.seq == seq),
            seq=seq,
        )
    else:
        found = Branch((jobs.c.searched == literal_column("1"), text_has(text), *span_of(wanted)))
    return [found, unsearched]


def _all_functions(connection: Connection) -> list[str]:
    return list(connection.scalars(select(totals.c.function).distinct()))


def walk(
    connection: Connection,
    branches: Sequence[Branch],
    rest: Sequence[ColumnElement[bool]],
    *,
    descending: bool,
    limit: int,
    after: Place | None = None,
    budget_s: float = _BUDGET_S,
) -> Found:
    """The next ``limit`` rows of a list after a place, as far as they are found in time.

    branches: what the list is a merge of. rest: what each row must hold beside. budget_s: after so many
    seconds no further window is begun.
    """
    walker = _Walker(connection, branches, rest, descending=descending)
    if not rest:
        places, _ = walker.window(limit, after)
        return Found(places[:limit], places[limit - 1] if len(places) >= limit else None)
    found: list[Place] = []
    rows = _FIRST_WINDOW
    ends = time.monotonic() + budget_s
    while True:
        places, stop = walker.window(max(1, rows // len(branches)), after)
        found += places
        if len(found) >= limit:
            return Found(found[:limit], found[limit - 1])
        if stop is None:
            return Found(found, None)
        after = stop
        if time.monotonic() >= ends:
            return Found(found, stop, stopped=True)
        rows = min(rows * 2, _LARGEST_WINDOW)


@dataclass(frozen=True, slots=True)
class _Walker:
    """Reads a list, window by window."""

    connection: Connection
    branches: Sequence[Branch]
    rest: Sequence[ColumnElement[bool]]
    descending: bool

    def window(self, each: int, after: Place | None) -> tuple[list[Place], Place | None]:
        """Look at the next ``each`` rows of each branch.

        Returns those that fit, as far as all branches were looked at, and where that is; None at the end.
        """
        places: list[Place] = []
        cuts: list[Place] = []
        for first in range(0, len(self.branches), _MOST_BRANCHES):
            some = enumerate(self.branches[first : first + _MOST_BRANCHES])
            stretches = [self._stretch(number, branch, each, after) for number, branch in some]
            for fits, value, seq, looked_at in self.connection.execute(union_all(*stretches)):
                place = Place(value, seq)
                if fits:
                    places.append(place)
                if looked_at == each:
                    cuts.append(place)
        places.sort(reverse=self.descending)
        if not cuts:
            return places, None
        cut = max(cuts) if self.descending else min(cuts)
        return [place for place in places if (place >= cut if self.descending else place <= cut)], cut

    def _stretch(self, number: int, branch: Branch, each: int, after: Place | None) -> Select[Any]:
        """The next rows of a branch that fit, and the last one: its place, and how many were looked at."""
        value = literal(branch.value) if branch.column is None else branch.column
        order = [column for column in (branch.column, branch.seq) if column is not None]
        fits = and_(*self.rest) if self.rest else true()
        rows = (
            select(fits.label("fits"), value.label("value"), branch.seq.label("seq"))
            .select_from(jobs if branch.through is None else branch.through)
            .where(*branch.where, *self._beyond(branch, after))
            .order_by(*(desc(column) if self.descending else column for column in order))
            .limit(each)
            .subquery(f"rows{number}")
        )
        numbered = select(rows, func.row_number().over().label("n")).subquery(f"numbered{number}")
        return select(numbered).where(or_(numbered.c.fits, numbered.c.n == each))

    def _beyond(self, branch: Branch, after: Place | None) -> list[ColumnElement[bool]]:
        """What comes after a place, in a branch."""
        if after is None:
            return []
        if branch.column is not None:
            here = tuple_(branch.column, jobs.c.seq)
            there = tuple_(literal(after.value), literal(after.seq))
            return [here < there if self.descending else here > there]
        if branch.value == after.value:
            return [branch.seq < after.seq if self.descending else branch.seq > after.seq]
        comes = branch.value < after.value if self.descending else branch.value > after.value
        return [] if comes else [false()]
