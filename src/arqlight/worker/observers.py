"""The seam for what watches a worker: counts now; metrics, tracing and logs of jobs use the same."""

from collections.abc import Callable, Sequence
from typing import Any

from arqlight.logs import get_logger
from arqlight.models import Outcome
from arqlight.worker.attempt import Attempt
from arqlight.worker.ending import Ending, Finished, Lost

__all__ = ["Counts", "Observer", "Observers", "tell"]

logger = get_logger("arqlight.worker")


class Observer:
    """What watches a worker. Override the moments that matter; the others cost nothing.

    The methods are called in the event loop and must be quick. One that raises is logged.
    """

    def claimed(self, attempt: Attempt) -> None:
        """A job was claimed; it may still be refused."""

    def started(self, attempt: Attempt) -> None:
        """The function is about to be called."""

    def ended(self, attempt: Attempt, ending: Ending) -> None:
        """A try ended, or the job was refused; nothing is written yet."""

    def written(self, attempt: Attempt, is_lost: bool) -> None:  # noqa: FBT001  one of two facts
        """What became of the try is in Redis; or it was not ours to write."""

    def heartbeat(self, held: int) -> None:
        """The leases of so many jobs were renewed."""


class Observers:
    """All observers of a worker: for each moment, the methods to call."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self.claimed = _overriding(observers, "claimed")
        self.started = _overriding(observers, "started")
        self.ended = _overriding(observers, "ended")
        self.written = _overriding(observers, "written")
        self.heartbeat = _overriding(observers, "heartbeat")


def _overriding(observers: Sequence[Observer], moment: str) -> tuple[Callable[..., None], ...]:
    return tuple(
        getattr(observer, moment)
        for observer in observers
        if getattr(type(observer), moment) is not getattr(Observer, moment)
    )


def tell(methods: tuple[Callable[..., None], ...], *facts: Any) -> None:
    """Call each method; one that raises does not keep the others from being called."""
    for method in methods:
        try:
            method(*facts)
        except Exception:
            logger.exception("an observer raised: %s", getattr(method, "__qualname__", method))


class Counts(Observer):
    """How many tries ended in which way: arq's three counts."""

    def __init__(self) -> None:
        self.complete = 0
        self.failed = 0
        self.retried = 0

    @property
    def all(self) -> int:
        """How many tries have ended."""
        return self.complete + self.failed + self.retried

    def ended(self, attempt: Attempt, ending: Ending) -> None:
        """Count it."""
        del attempt
        if isinstance(ending, Finished):
            if ending.outcome is Outcome.succeeded:
                self.complete += 1
            else:
                self.failed += 1
        elif not isinstance(ending, Lost):
            self.retried += 1
