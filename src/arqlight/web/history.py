"""The history in a web process: opened when it is first needed, and kept while the process serves."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection

from arqlight.history import History, RecorderSettings, history_url, run_recorder
from arqlight.logs import get_logger
from arqlight.queue import Queue
from arqlight.redaction import Redaction
from arqlight.redis.failures import why
from arqlight.web.dependencies import QueueDep

__all__ = ["HistoryDep", "KeptHistory"]

logger = get_logger("arqlight.web")

_KEPT = "arqlight_history"
_LONGEST_PAUSE_S = 30.0


class KeptHistory:
    """One application's history, and the recorder that keeps it.

    Any number of web processes may have one: one of them records, the others stand by.

    Args:
        url: see `arqlight.history.History.open`.
        record: whether this process may record; not where `arqlight recorder` alone does.

    Raises:
        ValueError: it is not the URL of a history.
    """

    def __init__(self, url: str | None, *, record: bool = True) -> None:
        history_url(url)
        self._url = url
        self._may_record = record
        self._history: History | None = None
        self._opening = asyncio.Lock()
        self._recording: asyncio.Task[None] | None = None

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

    def record(self, queue: Queue) -> None:
        """Have it recorded from now on."""
        if self._may_record and self._recording is None:
            self._recording = asyncio.create_task(self._record(queue), name="arqlight recorder")

    async def _record(self, queue: Queue) -> None:
        pause = 1.0
        while True:
            try:
                history = await self.opened()
            except SQLAlchemyError as error:
                logger.warning("no history is kept: %s", why(error).partition("\n")[0])
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                continue
            settings = RecorderSettings(redaction=Redaction.of_environment())
            async with run_recorder(queue, history, settings):
                await asyncio.Event().wait()

    @contextlib.asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        """Record while the application runs, and close the history as it ends."""
        queue = getattr(app.state, "queue", None)
        if isinstance(queue, Queue):
            self.record(queue)
        try:
            yield
        finally:
            await self._end()

    async def _end(self) -> None:
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.cancel()
            await asyncio.gather(recording, return_exceptions=True)
        history, self._history = self._history, None
        if history is not None:
            await history.aclose()


async def get_history(connection: HTTPConnection, queue: QueueDep) -> History:
    """The history of the application that was asked."""
    kept: KeptHistory = getattr(connection.app.state, _KEPT)
    # An application mounted in another one has no lifespan that would have begun it.
    kept.record(queue)
    return await kept.opened()


HistoryDep = Annotated[History, Depends(get_history)]
"""The history, for path operations: ``async def list_jobs(history: HistoryDep)``."""
