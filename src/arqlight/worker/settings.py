"""From a ``WorkerSettings`` class to a worker, as in arq."""

import inspect
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

import arq.worker as arq_worker

from arqlight.logs import get_logger
from arqlight.redis import redis_settings
from arqlight.worker.worker import Worker

__all__ = ["SettingsError", "check_health", "create_worker", "get_kwargs"]


logger = get_logger("arqlight.worker")

# How alike a name is to a setting's that was probably meant, from 0 to 1.
_NEAR = 0.8


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


def _warn_of_misspelt(settings_cls: Any) -> None:
    """Name what looks like a setting and is none: without a word it would have no effect."""
    accepted = list(inspect.signature(Worker).parameters)
    names = (
        settings_cls
        if isinstance(settings_cls, dict)
        else [name for cls in settings_cls.__mro__[:-1] for name in vars(cls)]
    )
    for name in names:
        nearest = get_close_matches(name, accepted, n=1, cutoff=_NEAR)
        if nearest and name not in accepted and not name.startswith("_"):
            logger.warning("%r is no setting and has no effect; did you mean %r?", name, nearest[0])


def create_worker(settings_cls: Any, **kwargs: Any) -> Worker:
    """A worker made from a settings class; ``kwargs`` win over it. arq's ``create_worker``.

    Raises:
        SettingsError: no worker can be made from these.
    """
    settings = {**get_kwargs(settings_cls), **kwargs}
    _warn_of_misspelt(settings_cls)
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
    settings = get_kwargs(settings_cls)
    if settings.get("redis_settings"):
        settings["redis_settings"] = redis_settings(settings["redis_settings"])
    return arq_worker.check_health(settings)
