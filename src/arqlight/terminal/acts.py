"""The commands that change something: each says what truly came of it."""

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

import click

from arqlight.terminal.api import Api, quoted
from arqlight.terminal.ids import full_ids
from arqlight.terminal.tables import plain, print_json

__all__ = ["act", "duplicate", "empty_queue", "steer"]

_POLL_S = 0.2
_VERBS = {"retry": "Retry", "abort": "Abort", "delete": "Delete", "run_now": "Run now"}
_AS_ASKED = {"retry": "enqueued", "abort": "aborted", "delete": "deleted", "run_now": "due_now"}


async def act(
    api: Api,
    action: str,
    typed: tuple[str, ...],
    wanted: Mapping[str, Any],
    *,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Do something to the jobs that are named, or to all that a filter means.

    Raises:
        click.UsageError: neither is given, or both.
        click.ClickException: with a job it did not go as asked, or somebody said no.
    """
    if bool(typed) == bool(wanted):
        raise click.UsageError(
            "Name jobs by their ids, or say which with options such as --state; one of both."
        )
    ids = await full_ids(api, typed)
    count, more = (len(ids), False) if ids else await _count(api, wanted)
    words = f"{_VERBS[action]} {'at least ' if more else ''}{count} job{'' if count == 1 else 's'}"
    if dry_run:
        print_json({"action": action, "count": count, "exact": not more}) if as_json else click.echo(
            f"{words}: not done."
        )
        return
    if (wanted or action == "delete") and count:
        confirm(words, yes=yes)
    body = {"action": action, "job_ids": ids} if ids else {"action": action, "filter": dict(wanted)}
    state = await _finished(api, await api.post("actions", body), quiet=as_json)
    _tell(action, state, as_json=as_json)


def confirm(words: str, *, yes: bool) -> None:
    """Ask before something is done that cannot be undone.

    Raises:
        click.ClickException: nobody can be asked.
        click.Abort: the answer was no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.ClickException(f"{words}? Say --yes where nobody can be asked.")
    click.confirm(f"{words}?", abort=True)


async def _count(api: Api, wanted: Mapping[str, Any]) -> tuple[int, bool]:
    """How many jobs a filter means, and whether there may be more."""
    told = await api.get("counts", wanted)
    named = {*wanted.get("status", ()), *wanted.get("outcome", ())} - {"complete"}
    meant = {state: count for state, count in told["counts"].items() if not named or state in named}
    return sum(meant.values()), bool(set(told["capped"]) & set(meant))


async def _finished(api: Api, state: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    """An action's state once it is over; meanwhile it says how far it is."""
    shows = not quiet and sys.stderr.isatty()
    while state["state"] == "running":
        await asyncio.sleep(_POLL_S)
        state = await api.get(f"actions/{state['action_id']}")
        if shows:
            click.echo(f"\r{state['done']} of {state['total']} ", nl=False, err=True)
    if shows:
        click.echo("\r" + " " * 40 + "\r", nl=False, err=True)
    return state


def _tell(action: str, state: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(state)
    else:
        said = ", ".join(f"{count} {answer.replace('_', ' ')}" for answer, count in state["answers"].items())
        click.echo(said or "No job was meant.")
        for one in state["problems"]:
            click.echo(f"  {plain(one['job_id'])}: {one['answer'].replace('_', ' ')}")
    if state["error"]:
        raise click.ClickException(f"It ended midway: {state['error']}")
    if set(state["answers"]) - {_AS_ASKED[action]}:
        raise SystemExit(1)


async def duplicate(api: Api, typed: tuple[str, ...], *, as_json: bool) -> None:
    """Enqueue copies of jobs, and say the ids of the new ones."""
    for job_id in await full_ids(api, typed):
        told = await api.post(f"jobs/{quoted(job_id)}/duplicate")
        print_json(told) if as_json else click.echo(told["job_id"])


async def steer(api: Api, path: str, words: str, *, as_json: bool) -> None:
    """Post to one thing's path, such as a queue's ``pause``, and say that it is done."""
    told = await api.post(path)
    print_json(told) if as_json else click.echo(words)


async def empty_queue(api: Api, name: str, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Delete all jobs of a queue that wait, after asking."""
    queues = {one["name"]: one for one in (await api.get("queues"))["queues"]}
    if name not in queues:
        known = ", ".join(queues) or "none"
        raise click.ClickException(f"There is no queue {name!r}. Those that are known: {known}.")
    count = queues[name]["depth"] + queues[name]["deferred"]
    words = f"Delete {count} jobs that wait in {name}"
    if dry_run:
        print_json({"action": "empty", "count": count}) if as_json else click.echo(f"{words}: not done.")
        return
    if count:
        confirm(words, yes=yes)
    told = await api.post(f"queues/{quoted(name)}/empty")
    print_json(told) if as_json else click.echo(f"{told['removed']} deleted")
