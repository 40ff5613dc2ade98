"""The API in this process, over Redis and the history."""

import contextlib
import getpass
import os
from collections.abc import AsyncIterator
from pathlib import Path

import click
import httpx
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from arqlight.history import History, follow, history_url
from arqlight.queue import Queue
from arqlight.redis.failures import REDIS_TROUBLE, ask, why
from arqlight.terminal.api import PATIENCE_S, Api
from arqlight.web import Right, Viewer, mount

__all__ = ["open_here"]

_IN_MEMORY = "sqlite:///file:arqlight-terminal?mode=memory&cache=shared&uri=true"


@contextlib.asynccontextmanager
async def open_here(redis: str | None, history: str | None) -> AsyncIterator[Api]:
    """The API over a Redis and a history, without a server.

    Args:
        redis: the address of Redis; None for what ``REDIS_URL`` says.
        history: where the history is; None for what ``HISTORY_URL`` says, else a file in this folder. Where
            none is kept, the event log in Redis tells what it still can.

    Raises:
        click.ClickException: Redis or the history cannot be had; says why.
    """
    async with contextlib.AsyncExitStack() as stack:
        queue = await stack.enter_async_context(Queue.connect(redis))
        try:
            await ask(queue.redis.ping())
        except REDIS_TROUBLE as error:
            raise click.ClickException(f"Redis cannot be had: {why(error).rstrip('.')}.") from error
        url = history if _is_kept(history) else await stack.enter_async_context(_replayed(queue))
        app = _app(queue, url)
        await stack.enter_async_context(app.router.lifespan_context(app))
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost/api/", timeout=PATIENCE_S
        )
        yield Api(await stack.enter_async_context(client))


def _is_kept(url: str | None) -> bool:
    """Whether a history is kept where we are to look."""
    try:
        found = history_url(url)
    except ValueError as error:
        raise click.ClickException(f"{error}.") from error
    return bool(url or os.environ.get("HISTORY_URL")) or Path(found.database or "").exists()


@contextlib.asynccontextmanager
async def _replayed(queue: Queue) -> AsyncIterator[str]:
    """A history of what Redis' event log still tells, in memory; it follows the log while it is open."""
    click.echo(
        "No history is kept here: this is what the event log in Redis still tells. "
        "Name a history with --history-url, or a server with --server.",
        err=True,
    )
    async with await History.open(_IN_MEMORY) as history, follow(queue, history):
        yield _IN_MEMORY


def _app(queue: Queue, history: str | None) -> FastAPI:
    app = FastAPI()
    app.state.queue = queue

    def somebody_here() -> Viewer:
        return Viewer(f"{getpass.getuser()} (terminal)", Right.administer)

    try:
        mount(app, history=history, record=False, access=somebody_here, allowed_hosts=["localhost"])
    except (ValueError, SQLAlchemyError) as error:
        raise click.ClickException(f"The history cannot be opened: {error}.") from error
    return app
