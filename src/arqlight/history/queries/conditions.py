"""A `JobFilter` as conditions of SQL."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, or_

from arqlight.history.models import JobFilter
from arqlight.history.states import State, seq_from, states_named
from arqlight.history.tables import jobs
from arqlight.history.texts import containing, text_has

__all__ = ["of_states", "rest_of", "span_of", "state_numbers"]

_EVERY = frozenset(State)


def state_numbers(wanted: JobFilter) -> frozenset[State]:
    """The states that a filter's jobs may be in, as they are stored. All of them when it does not matter.

    Raises:
        ValueError: the filter has a word that is no status or outcome.
    """
    names = states_named(wanted.statuses, wanted.outcomes)
    if not names:
        return _EVERY
    states = {State[name] for name in names}
    if State.queued in states:
        states.add(State.deferred)  # what was put off, and is due by now
    return frozenset(states)


def of_states(wanted: JobFilter, now_ms: int) -> list[ColumnElement[bool]]:
    """What tells deferred jobs from those that are due, where the filter wants only one of the two."""
    names = states_named(wanted.statuses, wanted.outcomes)
    if ("queued" in names) == ("deferred" in names):
        return []
    is_due = jobs.c.due_ms <= now_ms if "queued" in names else jobs.c.due_ms > now_ms
    return [or_(jobs.c.state != State.deferred, is_due)]


def span_of(wanted: JobFilter, seq: ColumnElement[int] = jobs.c.seq) -> list[ColumnElement[bool]]:
    """The span of time, as a span of keys."""
    conditions = []
    if wanted.since_ms is not None:
        conditions.append(seq >= seq_from(wanted.since_ms))
    if wanted.until_ms is not None:
        conditions.append(seq < seq_from(wanted.until_ms))
    return conditions


def rest_of(wanted: JobFilter, now_ms: int, *, served: Iterable[str] = ()) -> list[ColumnElement[bool]]:
    """The conditions that an index does not serve. ``served``: the fields of the filter that one does."""
    left = {name: values for name, values in _listed(wanted).items() if values and name not in served}
    conditions: list[ColumnElement[bool]] = [_COLUMNS[name].in_(values) for name, values in left.items()]
    if "states" not in served and (states := state_numbers(wanted)) != _EVERY:
        conditions.append(jobs.c.state.in_(sorted(states)))
    conditions += of_states(wanted, now_ms)
    for column, least, most in (
        (jobs.c.run_ms, wanted.min_run_ms, wanted.max_run_ms),
        (jobs.c.wait_ms, wanted.min_wait_ms, wanted.max_wait_ms),
    ):
        if least is not None:
            conditions.append(column >= least)
        if most is not None:
            conditions.append(column <= most)
    if wanted.error:
        columns = (jobs.c.error_type, jobs.c.error_message)
        conditions.append(or_(*(containing(column, wanted.error) for column in columns)))
    if wanted.q:
        conditions.append(text_has(wanted.q))
    return conditions


_COLUMNS = {
    "functions": jobs.c.function,
    "queues": jobs.c.queue,
    "workers": jobs.c.worker_id,
    "batch": jobs.c.batch_id,
    "fingerprint": jobs.c.fingerprint,
    "error_types": jobs.c.error_type,
    "job_ids": jobs.c.job_id,
    "owner": jobs.c.owner,
}


def _listed(wanted: JobFilter) -> dict[str, tuple[str, ...]]:
    values = {name: getattr(wanted, name) for name in _COLUMNS}
    return {name: (value,) if isinstance(value, str) else value or () for name, value in values.items()}
