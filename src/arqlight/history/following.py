"""A history for a short look: what the event log still tells, where nobody keeps a history."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from arqlight.events import id_key
from arqlight.history.history import History
from arqlight.history.recorder import Recorder, RecorderSettings
from arqlight.queue import Queue
from arqlight.redis import own_connections
from arqlight.redis.failures import ask

__all__ = ["follow"]

_LOOK_EVERY_S = 0.01


@contextlib.asynccontextmanager
async def follow(queue: Queue, history: History) -> AsyncIterator[None]:
    """Fill a history with what the event log holds, then follow the log while the block runs.

    Unlike `run_recorder`, it neither trims the log nor asks for more of it to be kept. It is for a history
    in memory, and shares the caller's event loop.

    Args:
        queue: whose log is read.
        history: where to write.
    """
    redis = own_connections(queue.redis)
    redis.log_cap = 0  # whoever keeps a log trims it
    recorder = Recorder(redis, history, RecorderSettings(hard_cap=0))
    task = asyncio.create_task(recorder.run(), name="arqlight follower")
    try:
        last = id_key(await ask(queue.events.last_id()))
        # A recorder tells no more than where it is.
        while id_key(recorder.position) < last and not task.done():  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_EVERY_S)
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await redis.aclose(close_connection_pool=True)
