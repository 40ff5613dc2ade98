"""The state of a job as one small number, which one index serves; and its place in the order of time."""

from enum import IntEnum

from arqlight.models import JobStatus, Outcome

__all__ = ["COUNTER_BITS", "DONE", "LIVE", "State", "ms_of", "names_of", "seq_from", "states_named"]

COUNTER_BITS = 20
_MOST_COUNTER = (1 << COUNTER_BITS) - 1


class State(IntEnum):
    """Where a job is. `deferred` is what was put off; once its time has come it counts as queued."""

    queued = 0
    deferred = 1
    in_progress = 2
    succeeded = 3
    failed = 4
    aborted = 5
    expired = 6
    not_found = 7  # gone from Redis, and the log does not tell how


DONE = (State.succeeded, State.failed, State.aborted, State.expired)
LIVE = (State.queued, State.deferred, State.in_progress)


def names_of(state: int, due_ms: int | None, now_ms: int) -> tuple[str, str | None]:
    """The status and the outcome of a job in this state, in the design's words."""
    if state in DONE:
        return JobStatus.complete.value, State(state).name
    if state == State.deferred and (due_ms is None or due_ms <= now_ms):
        return JobStatus.queued.value, None
    return State(state).name, None


def states_named(statuses: tuple[str, ...], outcomes: tuple[str, ...]) -> frozenset[str]:
    """The names of the states that are meant: any of the statuses, or any of the outcomes.

    ``complete`` beside outcomes means those outcomes alone. Empty when all are meant.

    Raises:
        ValueError: a word is neither; the message lists those that are.
    """
    _check(statuses, tuple(status.value for status in JobStatus), "status")
    _check(outcomes, tuple(Outcome), "outcome")
    done = frozenset(state.name for state in DONE)
    named = frozenset(statuses) - {JobStatus.complete.value} | frozenset(outcomes)
    if JobStatus.complete.value in statuses and not outcomes:
        named |= done
    return named


def _check(words: tuple[str, ...], known: tuple[str, ...], what: str) -> None:
    for word in words:
        if word not in known:
            raise ValueError(f"{word!r} is no {what} of a job; there are {', '.join(known)}")


def seq_from(at_ms: int, counter: int = 0) -> int:
    """A job's place in the order of time: the ms it appeared at, and its event's number within that ms.

    It is the job's primary key, so that newer jobs are at the table's end, a span of time is a span of
    keys, and reading the log again gives each job the same key.
    """
    return at_ms << COUNTER_BITS | min(counter, _MOST_COUNTER)


def ms_of(seq: int) -> int:
    """The Unix ms that a place in the order of time stands for."""
    return seq >> COUNTER_BITS
