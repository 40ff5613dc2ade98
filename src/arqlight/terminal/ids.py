"""Ids that were typed short."""

import click

from arqlight.terminal.api import Api

__all__ = ["full_id", "full_ids"]

_FULL = 32
_SHORTEST = 4


async def full_id(api: Api, typed: str) -> str:
    """The id that begins with what was typed, where one job's does; else the text as it is.

    Raises:
        click.ClickException: the ids of several jobs begin so.
    """
    if not _SHORTEST <= len(typed) < _FULL:
        return typed
    page = await api.get("jobs", {"q": typed, "limit": 200})
    ids: list[str] = list(
        dict.fromkeys(job["job_id"] for job in page["jobs"] if job["job_id"].startswith(typed))
    )
    if typed in ids or not ids:
        return typed
    if len(ids) > 1:
        raise click.ClickException(
            f"{len(ids)} jobs have ids that begin with {typed}: {', '.join(ids[:3])} ..."
        )
    return ids[0]


async def full_ids(api: Api, typed: tuple[str, ...]) -> list[str]:
    """The same for several."""
    return [await full_id(api, one) for one in typed]
