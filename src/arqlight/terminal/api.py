"""Asks the JSON API, and turns what it refuses into one sentence."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

import click
import httpx

__all__ = ["PATIENCE_S", "Api", "quoted"]

Params = Mapping[str, Any]

_PAGE = 200
PATIENCE_S = 60.0
"""For how long an answer is waited for: that of a slow filter, or of emptying a large queue."""


class Api:
    """Arqlight's JSON API.

    Args:
        client: whose base address the API is at.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str, params: Params | None = None) -> dict[str, Any]:
        """What is at a path.

        Raises:
            click.ClickException: it was refused, or nobody answered; says why.
        """
        return await self._ask("GET", path, params=params)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What came of a request that changes something; raises what `get` does."""
        return await self._ask("POST", path, json=body)

    async def delete(self, path: str) -> dict[str, Any]:
        """What came of deleting something; raises what `get` does."""
        return await self._ask("DELETE", path)

    async def jobs(self, params: Params, limit: int) -> AsyncIterator[dict[str, Any]]:
        """The jobs of a list, page after page, ``limit`` of them at the most."""
        cursor: str | None = None
        while limit > 0:
            asked = {**params, "limit": min(limit, _PAGE)} | ({"cursor": cursor} if cursor else {})
            page = await self.get("jobs", asked)
            for job in page["jobs"]:
                yield job
            limit -= len(page["jobs"])
            cursor = page["next"]
            if cursor is None:
                return

    async def _ask(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        try:
            reply = await self._client.request(method, path, **how)
        except httpx.TransportError as error:
            raise click.ClickException(
                f"No answer from {self._client.base_url}: {str(error) or 'it took too long'}."
            ) from error
        if reply.is_success:
            return _object(reply)
        raise click.ClickException(_why(reply))


def _object(reply: httpx.Response) -> dict[str, Any]:
    try:
        told = reply.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise click.ClickException(f"{reply.url} is not arqlight's API: its answer is not JSON.")
    return told


def _why(reply: httpx.Response) -> str:
    """The sentence of a refusal."""
    try:
        detail = reply.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return f"{reply.url} answered {reply.status_code} {reply.reason_phrase}."
    if reply.status_code == httpx.codes.UNAUTHORIZED:
        return f"{detail} Give a token with --token, or in ARQLIGHT_TOKEN."
    return str(detail)


def quoted(name: str) -> str:
    """A name as a part of a path."""
    return quote(name, safe="")
