"""How `arqlight worker` logs: as arq's command does, arqlight's own loggers included."""

import logging.config
from typing import Any

import click
from arq.logs import default_log_config

from arqlight.cli.importing import import_object
from arqlight.logs import as_json, set_redaction
from arqlight.redaction import Redaction


def set_up_logging(path: str | None, *, verbose: bool, json_lines: bool = False) -> None:
    """Configure logging.

    Args:
        path: of a dict for `logging.config.dictConfig`; without it, arq's own.
        verbose: whether arq's own logs everything.
        json_lines: whether arq's own logs one JSON object a line.

    Raises:
        click.ClickException: when the dict is not there, or cannot configure logging; or when
            ``ARQLIGHT_REDACT`` names nothing.
    """
    if path is None:
        # From this level on, functions' own lines are kept with their jobs. The root has no handler: no more
        # is printed than before.
        config = {**default_log_config(verbose), "root": {"level": "INFO"}}
        config = as_json(config) if json_lines else config
    else:
        config = import_object(path, example="app.logs.LOG_CONFIG")
    try:
        logging.config.dictConfig(_with_own_loggers(config))
    except (ValueError, TypeError, AttributeError) as error:
        raise click.ClickException(f"{path} cannot configure logging: {error}.") from error
    redact_by_environment()


def redact_by_environment() -> None:
    """Hide in log lines what ``ARQLIGHT_REDACT`` names.

    Raises:
        click.ClickException: it names nothing.
    """
    try:
        set_redaction(Redaction.of_environment())
    except ValueError as error:
        raise click.ClickException(f"ARQLIGHT_REDACT: {error}") from error


def _with_own_loggers(config: Any) -> Any:
    """The dict, with what it says of arq's loggers said of arqlight's too; as it is, if it names one."""
    loggers = config.get("loggers", {}) if isinstance(config, dict) else None
    if not isinstance(loggers, dict) or any(_is_of("arqlight", name) for name in loggers):
        return config
    own = {f"arqlight{name[len('arq') :]}": loggers[name] for name in loggers if _is_of("arq", name)}
    # Loggers that are there and below none that it names would be disabled: arqlight is always named.
    return {**config, "loggers": {"arqlight": {}, **own, **loggers}}


def _is_of(package: str, logger: object) -> bool:
    return f"{logger}.".startswith(f"{package}.")
