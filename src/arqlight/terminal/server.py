"""The API of a server."""

import contextlib
from collections.abc import AsyncIterator

import click
import httpx

from arqlight.terminal.api import PATIENCE_S, Api

__all__ = ["open_server"]


@contextlib.asynccontextmanager
async def open_server(address: str, token: str | None) -> AsyncIterator[Api]:
    """The API of a server.

    Args:
        address: of its pages, with the prefix under which they are mounted.
        token: what it lets one in with, if it asks.

    Raises:
        click.ClickException: the address is none.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    base = f"{address.rstrip('/')}/api/"
    try:
        client = httpx.AsyncClient(base_url=base, headers=headers, timeout=PATIENCE_S)
    except (httpx.InvalidURL, ValueError) as error:
        raise click.ClickException(f"{address!r} is not the address of a server: {error}.") from error
    if client.base_url.scheme not in ("http", "https") or not client.base_url.host:
        raise click.ClickException(
            f"{address!r} is not the address of a server; one looks like http://127.0.0.1:8000."
        )
    async with client:
        yield Api(client)
