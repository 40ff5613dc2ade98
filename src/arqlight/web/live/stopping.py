"""A quick end: a server that was told to stop waits for its open responses, and an event stream never ends.

uvicorn takes SIGTERM and SIGINT before it starts the application's lifespan, and tells the application only
when all responses are done. So while the lifespan runs, we stand before its signal handlers: end the streams,
then let it do what it would have done.
"""

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from starlette.types import Scope

__all__ = ["StopSignals", "mark_stream"]

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# How long a client gets to take the end of its stream, in seconds.
LAST_CALL_S = 0.8
MARK = "arqlight_stream"

Handler = Callable[[int, FrameType | None], Any]


def mark_stream(scope: Scope) -> None:
    """Mark a request as one whose connection may be cut when the server stops."""
    scope.setdefault("state", {})[MARK] = True


class StopSignals:
    """Stands before the handlers of SIGTERM and SIGINT, and calls ``end_streams`` in the event loop first.

    Outside of the main thread, where there are no signals, it does nothing.
    """

    def __init__(self, end_streams: Callable[[], None]) -> None:
        self._end_streams = end_streams
        self._installed: dict[signal.Signals, tuple[Handler, Handler]] = {}

    def install(self) -> None:
        """Take the signals, from a coroutine of the event loop that has the streams."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            previous = signal.getsignal(number)
            # Where nobody handles the signal, the process ends by itself.
            if callable(previous):
                handler = _chained(loop, self._end_streams, previous)
                signal.signal(number, handler)
                self._installed[number] = handler, previous

    def restore(self) -> None:
        """Give the signals back, unless somebody has taken them over since."""
        for number, (handler, previous) in self._installed.items():
            if signal.getsignal(number) is handler:
                signal.signal(number, previous)


def _chained(loop: asyncio.AbstractEventLoop, end_streams: Callable[[], None], previous: Handler) -> Handler:
    def handler(number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(_end, loop, end_streams, previous)
        previous(number, frame)

    return handler


def _end(loop: asyncio.AbstractEventLoop, end_streams: Callable[[], None], previous: Handler) -> None:
    end_streams()
    loop.call_later(LAST_CALL_S, _cut_stalled_streams, getattr(previous, "__self__", None))


def _cut_stalled_streams(server: Any) -> None:
    """Cut off clients that do not read: uvicorn would wait for them to take what was written to them.

    ``server`` is whose method the signal handler is. uvicorn has no public way to a request's connection;
    tests/server/test_uvicorn.py fails where it calls these things by other names. Another server is left to
    its own means.
    """
    uvicorn = sys.modules.get("uvicorn")
    if uvicorn is None or not isinstance(server, uvicorn.Server):
        return
    for connection in list(server.server_state.connections):
        cycle = getattr(connection, "cycle", None)  # a web socket has none
        if cycle is not None and MARK in cycle.scope.get("state", {}):
            connection.transport.abort()
