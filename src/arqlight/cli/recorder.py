"""What `arqlight recorder` does: keep the history, and nothing else."""

import asyncio
import signal
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from arqlight.cli.logs import set_up_logging
from arqlight.logs import get_logger
from arqlight.queue import Queue
from arqlight.redaction import Redaction

if TYPE_CHECKING:
    from arqlight.history import RecorderSettings

logger = get_logger("arqlight.history")


def check_history() -> None:
    """Make sure that what the history needs is installed.

    Raises:
        click.ClickException: when it is not.
    """
    if find_spec("sqlalchemy") is None or find_spec("alembic") is None:
        raise click.ClickException("This needs SQLAlchemy and Alembic: pip install 'arqlight[history]'.")


def settings_of(redact: str) -> "RecorderSettings":
    """How to record, by what the command line says.

    Raises:
        click.ClickException: an option says nothing usable.
    """
    from arqlight.history import RecorderSettings

    try:
        return RecorderSettings(redaction=Redaction.parse(redact))
    except ValueError as error:
        raise click.ClickException(str(error)) from error


async def record(history_url: str | None, settings: "RecorderSettings", *, verbose: bool) -> None:
    """Record until SIGINT or SIGTERM.

    Args:
        history_url: where the history is; None for what `HISTORY_URL` says.
        settings: how to record.
        verbose: log everything.

    Raises:
        click.ClickException: when the history cannot be opened.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from arqlight.history import History, Recorder

    set_up_logging(None, verbose=verbose)
    try:
        history = await History.open(history_url)
    except ValueError as error:
        raise click.ClickException(f"{error}.") from error
    except SQLAlchemyError as error:
        raise click.ClickException(f"The history cannot be opened: {_first_line(error)}") from error
    async with history, Queue.connect() as queue:
        logger.info("keeping the history in %s", history.database.url.render_as_string(hide_password=True))
        task = asyncio.create_task(Recorder(queue.redis, history, settings).run())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            logger.info("stopped")


def _first_line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().partition("\n")[0]
