"""From a ``WorkerSettings`` class to a worker, as in arq."""

import inspect
from datetime import timedelta
from typing import Any

import arq.worker as arq_worker

from arqlight.worker.worker import Worker

__all__ = ["SettingsError", "check_health", "create_worker", "get_kwargs"]


class SettingsError(ValueError, TypeError, RuntimeError):
    """No worker can be made from these settings.

    It is all that arq's and our `Worker` raise then, so whoever catches one of these still does.
    """


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
    """A worker made from a settings class; ``kwargs`` win over it. arq's ``create_worker``.

    Raises:
        SettingsError: no worker can be made from these.
    """
    settings = {**get_kwargs(settings_cls), **kwargs}
    try:
        return Worker(**settings)
    except (ValueError, TypeError, RuntimeError) as error:
        raise SettingsError("; ".join([str(error), *_no_numbers(settings)])) from error


def _no_numbers(settings: dict[str, Any]) -> list[str]:
    """Which settings are no number although their default is one: Python's message does not name them."""
    defaults = {name: parameter.default for name, parameter in inspect.signature(Worker).parameters.items()}
    return [
        f"{name} is {value!r}, not a number"
        for name, value in settings.items()
        if isinstance(defaults.get(name), int | float) and not isinstance(value, int | float | timedelta)
    ]


def check_health(settings_cls: Any) -> int:
    """Look for the health line of a worker of these settings: arq's ``check_health``.

    Returns:
        0 if there is one, else 1.
    """
    # arq takes a dict as it is, and would leave out what a base class has.
    return arq_worker.check_health(get_kwargs(settings_cls))
