"""Importing what a person named on the command line, with one sentence when that fails."""

import os
import sys
import traceback
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import click

EXAMPLE = "app.worker.WorkerSettings"


def allow_working_directory() -> None:
    """Make the working directory's modules importable, after everything installed, as arq does."""
    here = os.getcwd()  # noqa: PTH109  # sys.path holds strings
    if here not in sys.path:
        sys.path.append(here)


def import_object(path: str, example: str = EXAMPLE) -> Any:
    """Import what a path names: `app.worker.WorkerSettings` or `app.worker:WorkerSettings`.

    Raises:
        click.ClickException: when there is no such thing, or its module cannot be imported.
    """
    module_name, _, name = path.replace(":", ".").rpartition(".")
    if not module_name or not name:
        raise click.ClickException(f"{path!r} does not name a module and something in it, as {example} does.")
    module = _import_module(module_name)
    if hasattr(module, name):
        return getattr(module, name)
    if hasattr(module, "__path__") and find_spec(f"{module_name}.{name}") is not None:
        raise click.ClickException(f"{path} is a module; name something in it, as {example} does.")
    raise click.ClickException(f"The module {module_name} has no {name!r}.")


def _import_module(name: str) -> ModuleType:
    try:
        return import_module(name)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and _is_part_of(error.name, name):
            reason = (
                f"There is no module {error.name!r} here ({os.getcwd()}) or among the installed packages."  # noqa: PTH109
            )
        else:
            what = error.msg if isinstance(error, SyntaxError) else error
            reason = f"Importing {name} failed at {_place(error)}: {type(error).__name__}: {what}"
        raise click.ClickException(reason) from error


def _is_part_of(missing: str | None, name: str) -> bool:
    """Whether the missing module is the one that was asked for, or a package around it."""
    return missing is not None and f"{name}.".startswith(f"{missing}.")


def _place(error: Exception) -> str:
    """File and line of the error, in the module that was being imported if possible."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


def import_settings(path: str) -> Any:
    """Import a worker's settings: a class (or a dict) with `functions` or `cron_jobs`.

    Raises:
        click.ClickException: when there is none, or it is something else.
    """
    settings = import_object(path)
    if isinstance(settings, dict):
        has_work = settings.get("functions") or settings.get("cron_jobs")
    else:
        has_work = getattr(settings, "functions", None) or getattr(settings, "cron_jobs", None)
    if not has_work or not isinstance(settings, dict | type):
        raise click.ClickException(
            f"{path} is not a worker's settings class: it has no functions and no cron_jobs."
        )
    return settings
