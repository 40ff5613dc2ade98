"""The commands and their options.

What a person can put right (a name that is wrong, a port that is taken, a Redis that is away) is one sentence
on standard error and exit code 1; a wrong command line is exit code 2. Imports are inside the commands, so
that each loads only what it needs.
"""

import asyncio
import os
from typing import Any

import click

from arqlight.cli.operator import COMMANDS
from arqlight.cli.options import redis_option
from arqlight.extras import MissingExtraError, explained
from arqlight.version import __version__

CONSOLE_APP = "arqlight.console:app"
host_option = click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address that the web server listens on. Beyond this machine it takes a login, or --insecure.",
)
insecure_option = click.option(
    "--insecure",
    is_flag=True,
    help="Let everybody who reaches the web server do everything, as ARQLIGHT_ACCESS=open does.",
)
port_option = click.option(
    "--port",
    envvar="PORT",
    show_envvar=True,
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65_535),
    help="Port of the web server; 0 for any that is free.",
)
json_logs_option = click.option(
    "--json-logs",
    is_flag=True,
    envvar="ARQLIGHT_JSON_LOGS",
    show_envvar=True,
    help="Log one JSON object a line.",
)
environment_option = click.option(
    "--environment",
    envvar="ARQLIGHT_ENVIRONMENT",
    show_envvar=True,
    metavar="NAME",
    expose_value=False,
    callback=lambda _context, _option, value: _take_environment(value),
    help="What the console shows at the top of its pages, such as staging.",
)


def _take_environment(value: str | None) -> None:
    """Put the environment's name where the application looks for it."""
    if value:
        os.environ["ARQLIGHT_ENVIRONMENT"] = value


verbose_option = click.option("-v", "--verbose", is_flag=True, help="Show every line that the parts log.")


class _Commands(click.Group):
    """The commands; one whose packages are not installed says what to install."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            told = explained(error)
            if isinstance(told, MissingExtraError):
                raise click.ClickException(f"This needs more: {told}") from error
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List what starts something apart from what an operator asks and does."""
        operators = {command.name for command in COMMANDS}
        for heading, names in (
            ("Start", [name for name in self.list_commands(ctx) if name not in operators]),
            ("Look and act", [str(command.name) for command in COMMANDS]),
        ):
            with formatter.section(heading):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(80)) for name in names])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="arqlight")
def main() -> None:
    """Background jobs for FastAPI that people can watch."""


@main.command()
@host_option
@port_option
@insecure_option
@redis_option("an embedded Valkey")
@environment_option
@verbose_option
def demo(host: str, port: int, redis_url: str | None, *, insecure: bool, verbose: bool) -> None:
    """Start the task page: Redis, one worker, the web server."""
    from arqlight.demo.launch import Options, run_demo

    _check_exposed(host, insecure=insecure)
    _check_redis(redis_url)
    run_demo(Options(host, port, redis_url, verbose))


@main.command()
@host_option
@port_option
@insecure_option
@redis_option("an embedded Valkey")
@environment_option
@verbose_option
def dev(host: str, port: int, redis_url: str | None, *, insecure: bool, verbose: bool) -> None:
    """Start the task page with made-up load, for working on arqlight itself.

    The worker and the web server start again when a file of arqlight changes.
    """
    from arqlight.cli.worker import check_watchfiles
    from arqlight.demo.launch import Options, run_dev

    check_watchfiles()
    _check_exposed(host, insecure=insecure)
    _check_redis(redis_url)
    run_dev(Options(host, port, redis_url, verbose))


@main.command()
@click.option("--app", default=CONSOLE_APP, show_default=True, metavar="MODULE:APP", help="What to serve.")
@host_option
@port_option
@insecure_option
@redis_option("redis://127.0.0.1:6379, unless the application says otherwise")
@environment_option
@click.option("--root-path", default="", metavar="PREFIX", help="Prefix that a proxy in front strips.")
@click.option("--access-log", is_flag=True, help="Log every request.")
@json_logs_option
@click.option("--reload", is_flag=True, help="Start again when a file of arqlight changes.")
@click.option("--fd", type=int, hidden=True, help="A listening socket that we inherit.")
def web(  # one argument for each option
    *,
    app: str,
    host: str,
    port: int,
    insecure: bool,
    redis_url: str | None,
    root_path: str,
    access_log: bool,
    json_logs: bool,
    reload: bool,
    fd: int | None,
) -> None:
    """Start a web server: the console, on any arq queue, or an application of yours."""
    from arqlight.cli.exposure import check_exposed, open_to_all
    from arqlight.cli.importing import allow_working_directory, import_object
    from arqlight.cli.logs import redact_by_environment
    from arqlight.server import inherited, listen, serve

    allow_working_directory()
    redact_by_environment()
    if insecure:
        open_to_all()
    with listen(host, port) if fd is None else inherited(fd) as listener:
        application = import_object(app, example=CONSOLE_APP)
        if fd is None:
            from arqlight.web.mounting import is_for_this_machine

            check_exposed(host, is_configured=not is_for_this_machine(application))
        warning = _redis_trouble(redis_url)
        serve(
            app,
            listener,
            root_path=root_path,
            access_log=access_log,
            reload=reload,
            warning=warning,
            json_logs=json_logs,
        )


@main.command()
@redis_option("redis://127.0.0.1:6379")
@click.option(
    "--history-url",
    envvar="HISTORY_URL",
    show_envvar=True,
    metavar="URL",
    help="Where to keep the history: sqlite:///file.db, or postgresql://user:password@host/database. "
    "Without it: the file arqlight-history.db in this folder.",
)
@click.option(
    "--redact",
    envvar="ARQLIGHT_REDACT",
    show_envvar=True,
    default="default",
    metavar="NAMES",
    help="Fields whose values are not written, with commas between; 'default' stands for the usual ones.",
)
@verbose_option
def recorder(*, redis_url: str | None, history_url: str | None, redact: str, verbose: bool) -> None:
    """Keep the history of all jobs in a database, until stopped.

    One recorder works at a time; others stand by and take over.
    """
    from arqlight.cli.recorder import check_history, record, settings_of

    check_history()
    _check_redis(redis_url)
    asyncio.run(record(history_url, settings_of(redact), verbose=verbose))


@main.command()
@click.argument("settings", metavar="MODULE.WorkerSettings")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1), help="Worker processes.")
@click.option("--burst/--no-burst", default=None, help="End once no jobs are left in the queue.")
@click.option("--check", is_flag=True, help="Say whether a worker is alive, and exit.")
@click.option(
    "--watch",
    type=click.Path(exists=True, file_okay=False),
    help="Start the worker again when a file in this directory changes.",
)
@click.option("-v", "--verbose", is_flag=True, help="Log everything.")
@click.option("--custom-log-dict", metavar="MODULE.DICT", help="A dict that configures logging.")
@json_logs_option
def worker(  # one argument for each option
    *,
    settings: str,
    processes: int,
    burst: bool | None,
    check: bool,
    watch: str | None,
    verbose: bool,
    custom_log_dict: str | None,
    json_logs: bool,
) -> None:
    """Start a worker, as `arq MODULE.WorkerSettings` does, for the same settings class."""
    from arqlight.cli.worker import Options, run

    options = Options(settings, processes, burst, watch, verbose, custom_log_dict, json_logs)
    raise SystemExit(run(options, check=check))


@main.command()
def password() -> None:
    """Make the hash of a password, for ARQLIGHT_PASSWORD_HASH or the users file.

    Asks for the password, or reads a line of standard input.
    """
    from arqlight.cli.credentials import make_password

    make_password()


@main.command()
def token() -> None:
    """Make a token for a program, and the hash of it for the users file."""
    from arqlight.cli.credentials import make_token

    make_token()


def _check_exposed(host: str, *, insecure: bool) -> None:
    from arqlight.cli.exposure import check_exposed, is_here, open_to_all

    if insecure:
        open_to_all()
    if not is_here(host):
        check_exposed(host)


for command in COMMANDS:
    main.add_command(command)


def _check_redis(url: str | None) -> None:
    if url is not None:
        from arqlight.cli.address import check

        asyncio.run(check(url))


def _redis_trouble(url: str | None) -> str:
    """Why Redis cannot be used just now. A web server answers without it, and finds it when it is back."""
    try:
        _check_redis(url)
    except click.ClickException as error:
        return f"{error.message} Until it is there, requests that need it are answered with status 503."
    return ""
