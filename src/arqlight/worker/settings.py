"""From a ``WorkerSettings`` class to a worker, as in arq."""

import inspect
from typing import Any

from arqlight.worker.worker import Worker

__all__ = ["create_worker", "get_kwargs"]


def get_kwargs(settings_cls: Any) -> dict[str, Any]:
    """The worker's arguments that a settings class (or dict) has; arq's ``get_kwargs``, with arqlight's own.

    Unlike in arq, settings that a base class has count too.
    """
    if isinstance(settings_cls, dict):
        settings = settings_cls
    else:
        settings = {name: vars(cls)[name] for cls in reversed(settings_cls.__mro__) for name in vars(cls)}
    accepted = inspect.signature(Worker).parameters
    return {
        name: value.__func__ if isinstance(value, staticmethod) else value
        for name, value in settings.items()
        if name in accepted
    }


def create_worker(settings_cls: Any, **kwargs: Any) -> Worker:
    """A worker made from a settings class; ``kwargs`` win over it. arq's ``create_worker``."""
    return Worker(**{**get_kwargs(settings_cls), **kwargs})
