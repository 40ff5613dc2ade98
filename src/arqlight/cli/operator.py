"""The operator's commands and their options: jobs, queues, workers; retry, abort, pause; top and the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from arqlight.cli.options import redis_option
from arqlight.terminal.words import Moment, Span

if TYPE_CHECKING:
    from arqlight.terminal.api import Api

__all__ = ["COMMANDS"]

C = TypeVar("C", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Place:
    """Where to ask: a server, or a Redis and a history. None stands for what is usual."""

    server: str | None
    token: str | None
    history: str | None
    redis: str | None


STATES = ("deferred", "queued", "in_progress", "succeeded", "failed", "aborted", "expired")
_OUTCOMES = STATES[3:]
SORTS = ("age", "-age", "wait", "-wait", "run", "-run", "tries", "-tries")

_PLACE = (
    click.option(
        "--server",
        envvar="ARQLIGHT_SERVER",
        show_envvar=True,
        metavar="URL",
        help="Ask this server, such as http://127.0.0.1:8000, and not Redis and the history.",
    ),
    click.option(
        "--token", envvar="ARQLIGHT_TOKEN", show_envvar=True, help="What the server lets you in with."
    ),
    redis_option("redis://127.0.0.1:6379"),
    click.option(
        "--history-url",
        envvar="HISTORY_URL",
        show_envvar=True,
        metavar="URL",
        help="Where the history is. Without it: the file arqlight-history.db in this folder, if it is there.",
    ),
)
_FILTER = (
    click.option("--state", multiple=True, type=click.Choice(STATES), help="Jobs in this state."),
    click.option("--function", multiple=True, metavar="NAME", help="Of this function."),
    click.option("--queue", multiple=True, metavar="NAME", help="In this queue."),
    click.option("--worker", multiple=True, metavar="ID", help="That this worker ran."),
    click.option("--batch", metavar="ID", help="Of this batch."),
    click.option("--fingerprint", metavar="TEXT", help="Of this group of failures."),
    click.option("--error", metavar="TEXT", help="With this text in the error."),
    click.option(
        "-q", "--text", "q", metavar="TEXT", help="With this text in id, function, arguments or error."
    ),
    click.option("--since", type=Moment(), help="Enqueued since: 2h (ago), or 2026-11-25T08:00."),
    click.option("--until", type=Moment(), help="Enqueued before."),
    click.option("--min-run", type=Span(), help="That ran for so long or longer, such as 5s."),
    click.option("--max-run", type=Span(), help="That ran for so long or less."),
    click.option("--min-wait", type=Span(), help="That waited for so long or longer."),
    click.option("--max-wait", type=Span(), help="That waited for so long or less."),
)
_FILTER_NAMES = (
    "state", "function", "queue", "worker", "batch", "fingerprint", "error", "q", "since", "until",
    "min_run", "max_run", "min_wait", "max_wait",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Only say how many jobs are meant.")


def _with(options: Sequence[Callable[[C], C]], command: C) -> C:
    for option in reversed(options):
        command = option(command)
    return command


def at_a_place(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options that say where to ask, and gives the command a ``place``."""

    @wraps(command)
    def run(
        *, server: str | None, token: str | None, redis_url: str | None, history_url: str | None, **rest: Any
    ) -> None:
        command(place=Place(server, token, history_url, redis_url), **rest)

    return _with(_PLACE, run)


def which_jobs(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options that say which jobs, and gives the command what is ``wanted`` as the API takes it."""

    @wraps(command)
    def run(**options: Any) -> None:
        said = {name: options.pop(name) for name in _FILTER_NAMES}
        states = said.pop("state")
        wanted = {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}
        wanted["status"] = [state for state in states if state not in _OUTCOMES]
        wanted["outcome"] = [state for state in states if state in _OUTCOMES]
        command(wanted={name: value for name, value in wanted.items() if value not in (None, [])}, **options)

    return _with(_FILTER, run)


def _ask(place: Place, work: "Callable[[Api], Awaitable[None]]") -> None:
    asyncio.run(_work_at(place, work))


async def _work_at(place: Place, work: "Callable[[Api], Awaitable[None]]") -> None:
    if place.server:
        from arqlight.terminal.server import open_server

        opened = open_server(place.server, place.token)
    else:
        from arqlight.terminal.local import open_here

        opened = open_here(place.redis, place.history)
    async with opened as api:
        await work(api)


# -- showing


@click.command()
@which_jobs
@click.option(
    "--sort", default="age", show_default=True, type=click.Choice(SORTS), help="The order; - turns it round."
)
@click.option(
    "-n", "--limit", default=20, show_default=True, type=click.IntRange(1), help="How many at most."
)
@json_option
@at_a_place
def jobs(place: Place, wanted: dict[str, Any], sort: str, limit: int, *, as_json: bool) -> None:
    """List jobs, the youngest first."""
    from arqlight.terminal.lists import show_jobs

    _ask(place, lambda api: show_jobs(api, {**wanted, "sort": sort}, limit=limit, as_json=as_json))


@click.command()
@click.argument("job_id", metavar="ID")
@json_option
@at_a_place
def job(place: Place, job_id: str, *, as_json: bool) -> None:
    """Show one job: its state, tries, error, log, and why it does not run. ID may be typed short."""
    from arqlight.terminal.lists import show_job

    _ask(place, lambda api: show_job(api, job_id, as_json=as_json))


@click.command()
@json_option
@at_a_place
def queues(place: Place, *, as_json: bool) -> None:
    """List queues: how deep, how fast, paused or not."""
    from arqlight.terminal.lists import show_queues

    _ask(place, lambda api: show_queues(api, as_json=as_json))


@click.command()
@json_option
@at_a_place
def workers(place: Place, *, as_json: bool) -> None:
    """List workers: those that are up, and those that were in the last hour."""
    from arqlight.terminal.lists import show_workers

    _ask(place, lambda api: show_workers(api, as_json=as_json))


@click.command()
@json_option
@at_a_place
def functions(place: Place, *, as_json: bool) -> None:
    """List functions: how often they ran and failed in the last day, and for how long."""
    from arqlight.terminal.lists import show_functions

    _ask(place, lambda api: show_functions(api, as_json=as_json))


@click.command()
@click.option("--since", type=Moment(), help="Failed since: 2h (ago), or 2026-11-25T08:00. [default: 24h]")
@click.option("--function", multiple=True, metavar="NAME", help="Of this function.")
@click.option("-q", "--text", "q", metavar="TEXT", help="With this text in function, exception or message.")
@json_option
@at_a_place
def failures(
    place: Place, since: int | None, function: tuple[str, ...], q: str | None, *, as_json: bool
) -> None:
    """List failures, those of the same function, exception and place together."""
    from arqlight.terminal.lists import show_failures

    asked = {"since": since, "function": list(function), "q": q}
    params = {name: value for name, value in asked.items() if value not in (None, [])}
    _ask(place, lambda api: show_failures(api, params, as_json=as_json))


@click.command()
@json_option
@at_a_place
def schedules(place: Place, *, as_json: bool) -> None:
    """List cron jobs: when they run next, and what became of the last run."""
    from arqlight.terminal.lists import show_schedules

    _ask(place, lambda api: show_schedules(api, as_json=as_json))


@click.command()
@click.option("-n", "--limit", default=20, show_default=True, type=click.IntRange(1, 200), help="How many.")
@json_option
@at_a_place
def batches(place: Place, limit: int, *, as_json: bool) -> None:
    """List batches, the youngest first."""
    from arqlight.terminal.lists import show_batches

    _ask(place, lambda api: show_batches(api, limit=limit, as_json=as_json))


# -- changing


def _acting(name: str, action: str, about: str) -> click.Command:
    """A command that does something to jobs that are named, or to all that a filter means."""

    @which_jobs
    @dry_run_option
    @yes_option
    @json_option
    @at_a_place
    def run(
        place: Place,
        job_ids: tuple[str, ...],
        wanted: dict[str, Any],
        *,
        yes: bool,
        dry_run: bool,
        as_json: bool,
    ) -> None:
        from arqlight.terminal.acts import act

        _ask(place, lambda api: act(api, action, job_ids, wanted, yes=yes, dry_run=dry_run, as_json=as_json))

    run.__doc__ = about
    return click.command(name, help=about)(click.argument("job_ids", nargs=-1, metavar="[ID]...")(run))


retry = _acting(
    "retry", "retry", "Run complete jobs again: those named, or all that options such as --state mean."
)
abort = _acting("abort", "abort", "Abort jobs, whether they wait or run.")
delete = _acting("delete", "delete", "Delete jobs that wait or are complete, with all that is kept of them.")
run_now = _acting("run-now", "run_now", "Make jobs due that are deferred, or wait for their next try.")


@click.command()
@click.argument("job_ids", nargs=-1, required=True, metavar="ID...")
@json_option
@at_a_place
def duplicate(place: Place, job_ids: tuple[str, ...], *, as_json: bool) -> None:
    """Enqueue new jobs with the functions and arguments of others; prints their ids."""
    from arqlight.terminal.acts import duplicate

    _ask(place, lambda api: duplicate(api, job_ids, as_json=as_json))


def _steering(name: str, of: str, verb: str, about: str, done: str) -> click.Command:
    """A command that does something to one queue or worker."""

    @click.argument("name", metavar=of.upper())
    @json_option
    @at_a_place
    def run(place: Place, name: str, *, as_json: bool) -> None:
        from arqlight.terminal.acts import steer
        from arqlight.terminal.api import quoted

        _ask(
            place, lambda api: steer(api, f"{of}s/{quoted(name)}/{verb}", done.format(name), as_json=as_json)
        )

    return click.command(name, help=about)(run)


pause = _steering(
    "pause", "queue", "pause", "Have no worker take a job of a queue until it is resumed.", "{} is paused"
)
resume = _steering("resume", "queue", "resume", "Let workers take a queue's jobs again.", "{} is resumed")
drain = _steering(
    "drain",
    "worker",
    "drain",
    "Have one worker take no more jobs; what it runs runs on.",
    "{} takes no more jobs",
)
undrain = _steering(
    "undrain", "worker", "undrain", "Let a worker that was drained take jobs again.", "{} takes jobs again"
)


@click.command()
@click.argument("queue")
@dry_run_option
@yes_option
@json_option
@at_a_place
def empty(place: Place, queue: str, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Delete all jobs of a queue that wait."""
    from arqlight.terminal.acts import empty_queue

    _ask(place, lambda api: empty_queue(api, queue, yes=yes, dry_run=dry_run, as_json=as_json))


@click.command()
@at_a_place
def top(place: Place) -> None:
    """Watch it all live: throughput, queues, what runs, what failed; with keys to pause, abort and retry."""
    from arqlight.terminal.top import Top

    async def watch(api: "Api") -> None:
        await Top(api).run_async()

    _ask(place, watch)


COMMANDS = (
    jobs,
    job,
    queues,
    workers,
    functions,
    failures,
    schedules,
    batches,
    retry,
    abort,
    delete,
    run_now,
    duplicate,
    pause,
    resume,
    empty,
    drain,
    undrain,
    top,
)
