"""Catches what is logged, by the context it is logged in: a task, and the threads and tasks begun from it.

It is done where records are made. A handler would miss loggers that do not propagate; and once the root
logger has one, `logging` no longer prints warnings by itself where nothing else is configured.
"""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Protocol

__all__ = ["Taker", "catch_for", "install", "taker", "uninstall"]


class Taker(Protocol):
    """Takes what is logged."""

    def take(self, record: logging.LogRecord) -> None:
        """Take a record that its logger's level let through; in whatever thread it was logged."""


_taker: ContextVar[Taker | None] = ContextVar("arqlight_log_taker", default=None)


class _Factory:
    """Makes records as `logging` did before, and shows them to the taker of the context."""

    def __init__(self) -> None:
        self.former: Callable[..., logging.LogRecord] | None = None
        self.users = 0

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = (self.former or logging.LogRecord)(*args, **kwargs)
        taker = _taker.get()
        if taker is not None and self.users:
            # What is logged while a record is taken is not caught: it might go on without end.
            token = _taker.set(None)
            try:
                taker.take(record)
            finally:
                _taker.reset(token)
        return record


_FACTORY = _Factory()


def install() -> None:
    """Begin to catch, in this process. Each call has its `uninstall`."""
    _FACTORY.users += 1
    if _FACTORY.former is None:
        _FACTORY.former = logging.getLogRecordFactory()
        logging.setLogRecordFactory(_FACTORY)


def uninstall() -> None:
    """Leave `logging` as it was, once nobody catches any more.

    Where somebody has set another factory since, ours stays below that, and catches nothing.
    """
    _FACTORY.users -= 1
    if _FACTORY.users == 0 and _FACTORY.former and logging.getLogRecordFactory() is _FACTORY:
        logging.setLogRecordFactory(_FACTORY.former)
        _FACTORY.former = None


def catch_for(taker: Taker | None) -> None:
    """Show what is logged in this context, from now on, to this one; to nobody for None."""
    _taker.set(taker)


def taker() -> Taker | None:
    """Who takes what is logged in this context."""
    return _taker.get()
