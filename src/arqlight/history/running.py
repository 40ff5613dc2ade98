"""Running a recorder beside something else: in a thread with an event loop and connections of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from arqlight.history.history import History
from arqlight.history.recorder import Recorder, RecorderSettings
from arqlight.queue import Queue
from arqlight.redis import own_connections

__all__ = ["run_recorder"]

_STOP_WITHIN_S = 15.0


@asynccontextmanager
async def run_recorder(
    queue: Queue, history: History, settings: RecorderSettings | None = None
) -> AsyncIterator[None]:
    """Keep the history while the block runs: for an application's lifespan.

    Any number of processes may do so at once: one records, the others stand by. The caller's event loop is
    not disturbed: the recorder has a thread, an event loop and Redis connections of its own.

    Args:
        queue: what to keep the history of.
        history: where to write.
        settings: how.
    """
    thread = _RecorderThread(queue, history, settings)
    thread.start()
    try:
        yield
    finally:
        await asyncio.to_thread(thread.stop)


class _RecorderThread(threading.Thread):
    def __init__(self, queue: Queue, history: History, settings: RecorderSettings | None) -> None:
        super().__init__(name="arqlight-recorder", daemon=True)
        self._queue = queue
        self._history = history
        self._settings = settings
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def run(self) -> None:
        """Record until stopped."""
        asyncio.run(self._record())

    async def _record(self) -> None:
        redis = own_connections(self._queue.redis)
        redis.log_cap = self._queue.redis.log_cap
        redis.job_deserializer = self._queue.redis.job_deserializer
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(Recorder(redis, self._history, self._settings).run())
        self._ready.set()
        try:
            await self._task
        except asyncio.CancelledError:
            pass
        finally:
            await redis.aclose(close_connection_pool=True)

    def stop(self) -> None:
        """Stop it, once what it is writing is written."""
        self._ready.wait(_STOP_WITHIN_S)
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.join(_STOP_WITHIN_S)
