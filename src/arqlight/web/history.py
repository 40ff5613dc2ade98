"""The history in a web process: opened when it is first needed, closed when the process ends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI
from starlette.requests import HTTPConnection

from arqlight.history import History, history_url

__all__ = ["HistoryDep", "KeptHistory"]

_KEPT = "arqlight_history"


class KeptHistory:
    """One application's history.

    Args:
        url: see `arqlight.history.History.open`.

    Raises:
        ValueError: it is not the URL of a history.
    """

    def __init__(self, url: str | None) -> None:
        history_url(url)
        self._url = url
        self._history: History | None = None
        self._opening = asyncio.Lock()

    def keep_for(self, app: FastAPI) -> None:
        """Have the application's path operations find it."""
        setattr(app.state, _KEPT, self)

    async def opened(self) -> History:
        """The history; opened by whoever asks first, and tried again after it could not be."""
        if self._history is None:
            async with self._opening:
                if self._history is None:
                    self._history = await History.open(self._url)
        return self._history

    @contextlib.asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Close it as the application ends, if it was opened."""
        try:
            yield
        finally:
            history, self._history = self._history, None
            if history is not None:
                await history.aclose()


async def get_history(connection: HTTPConnection) -> History:
    """The history of the application that was asked."""
    kept: KeptHistory = getattr(connection.app.state, _KEPT)
    return await kept.opened()


HistoryDep = Annotated[History, Depends(get_history)]
"""The history, for path operations: ``async def list_jobs(history: HistoryDep)``."""
