"""What `arqlight worker` does: run one worker here, or be the parent of several."""

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import click
from arq.connections import RedisSettings
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from arqlight.cli.address import check_password, unusable
from arqlight.cli.importing import allow_working_directory, import_settings
from arqlight.cli.logs import set_up_logging
from arqlight.functions import THREAD_NAME
from arqlight.logs import get_logger
from arqlight.processes import Changes, Fleet, own_command
from arqlight.redis import redis_settings


@dataclass(frozen=True)
class Options:
    """What the command line says. None means that the settings class decides.

    Args:
        settings: path of the settings class.
        processes: how many worker processes.
        burst: whether to end once no jobs are left.
        watch: a directory; the workers start again when a file in it changes.
        verbose: log everything.
        log_config: path of a dict for `logging.config.dictConfig`.
        json_logs: log one JSON object a line.
    """

    settings: str
    processes: int
    burst: bool | None
    watch: str | None
    verbose: bool
    log_config: str | None
    json_logs: bool = False


def run(options: Options, *, check: bool) -> int:
    """Run what was asked for.

    Args:
        options: what the command line says.
        check: only read the health-check key, and say whether a worker is alive.

    Returns:
        the exit code.

    Raises:
        click.ClickException: when something that was named is not there or makes no worker, or Redis is away
            or refuses us.
    """
    allow_working_directory()
    settings = import_settings(options.settings)
    set_up_logging(options.log_config, verbose=options.verbose, json_lines=options.json_logs)
    if check:
        return _check(settings)
    if options.processes > 1 or options.watch is not None:
        return asyncio.run(_fleet(options).run())
    return _run_here(settings, options)


def _run_here(settings: Any, options: Options) -> int:
    from arqlight.worker import SettingsError, run_worker

    _check_password(settings)
    kwargs = {} if options.burst is None else {"burst": options.burst}
    try:
        run_worker(settings, **kwargs)
    except SettingsError as error:
        raise click.ClickException(f"No worker can be made from {options.settings}: {error}.") from error
    except (RedisConnectionError, RedisTimeoutError) as error:
        raise click.ClickException(unusable(_redis_of(settings), error)) from error
    _leave_threads()
    return 0


def _leave_threads() -> None:
    """End the process although a plain function still runs: its job is handed back, and Python would wait."""
    threads = [thread for thread in threading.enumerate() if thread.name.startswith(THREAD_NAME)]
    for thread in threads:
        # An idle one ends in a moment.
        thread.join(timeout=0.2)
    if any(thread.is_alive() for thread in threads):
        get_logger("arqlight.worker").warning("a plain function did not end; its thread is left behind")
        logging.shutdown()
        os._exit(0)


def _check(settings: Any) -> int:
    from arqlight.worker import check_health

    _check_password(settings)
    try:
        return check_health(settings)
    except (RedisConnectionError, RedisTimeoutError) as error:
        raise click.ClickException(unusable(_redis_of(settings), error)) from error


def _check_password(settings: Any) -> None:
    """Say at once that Redis refuses us: to arq, as a worker starts, it is away, and it tries for seconds."""
    from arqlight.worker import get_kwargs

    values = get_kwargs(settings)
    if values.get("redis_pool") is None:
        asyncio.run(check_password(_settings_of(values), _redis_of(settings)))


def _settings_of(values: dict[str, Any]) -> RedisSettings:
    """Where the worker's Redis is: its setting, which may be a URL, or arq's default."""
    return redis_settings(values.get("redis_settings") or RedisSettings())


def _redis_of(settings: Any) -> str:
    """The address that the settings name, for people."""
    from arqlight.worker import get_kwargs

    values = get_kwargs(settings)
    if values.get("redis_settings") is None:
        return "localhost:6379, the default"
    redis = _settings_of(values)
    if redis.unix_socket_path:
        return str(redis.unix_socket_path)
    hosts = redis.host if isinstance(redis.host, list) else [(redis.host, redis.port)]
    return ", ".join(f"{host}:{port}" for host, port in hosts)


def _fleet(options: Options) -> Fleet:
    """The parent of the worker processes; each is an `arqlight worker` of its own."""
    arguments = [options.settings]
    if options.burst is not None:
        arguments.append("--burst" if options.burst else "--no-burst")
    if options.verbose:
        arguments.append("--verbose")
    if options.log_config is not None:
        arguments.extend(["--custom-log-dict", options.log_config])
    if options.json_logs:
        arguments.append("--json-logs")
    changes = None if options.watch is None else _changes_in(options.watch)
    return Fleet(
        own_command("worker", *arguments),
        options.processes,
        ends=options.burst is True,
        changes=changes,
    )


def check_watchfiles() -> None:
    """Make sure that changed files can be noticed.

    Raises:
        click.ClickException: when watchfiles is not installed.
    """
    if find_spec("watchfiles") is None:
        raise click.ClickException("This needs watchfiles: pip install 'arqlight[watch]'.")


def _changes_in(directory: str) -> Changes:
    """What tells a fleet that files changed."""
    check_watchfiles()
    from watchfiles import awatch

    def changes(stop: asyncio.Event) -> AsyncIterator[object]:
        return awatch(directory, stop_event=stop)

    return changes
