"""The stand-in: keeps a worker's leases while its event loop stands still, since a function blocks it.

Such a worker is alive. Without this, its jobs would be taken for lost and run elsewhere once more. A process
that is stopped or killed takes its stand-in with it.
"""

import asyncio
import sys
import sysconfig
import threading
from pathlib import Path
from time import monotonic

from arqlight.logs import get_logger
from arqlight.redis import own_connections
from arqlight.redis.failures import REDIS_TROUBLE, trouble
from arqlight.worker.leases import Leases
from arqlight.worker.link import Link
from arqlight.worker.running import Running

__all__ = ["StandIn"]

logger = get_logger("arqlight.worker")

# Found out and acted upon within a third of the lease, since the last heartbeat is up to a third old.
_LOOKS_PER_LEASE = 6
_OURS = str(Path(__file__).parents[1])
_LIBRARIES = ("<frozen", sysconfig.get_path("stdlib"), _OURS)
# Shorter blocks are no news.
_WORTH_LOGGING_S = 2.0


class StandIn:
    """A thread that asks the worker's event loop for a sign of life, and renews the leases when none comes.

    Args:
        loop: the worker's event loop.
        link: the way to Redis.
        running: what the worker holds.
        leases: renews the leases.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, link: Link, running: Running, leases: Leases) -> None:
        self._loop = loop
        self._link = link
        self._running = running
        self._leases = leases
        self._interval_s = leases.lease_s / _LOOKS_PER_LEASE
        self._ended = threading.Event()
        self._loop_thread = 0
        self._seen_at = monotonic()
        self._has_answered = True
        self._has_told = False

    def start(self) -> None:
        """Begin, in the event loop's thread."""
        self._loop_thread = threading.get_ident()
        self._ended = threading.Event()
        self._has_answered = True
        thread = threading.Thread(
            target=self._run, args=(self._ended,), name="arqlight-stand-in", daemon=True
        )
        thread.start()

    def stop(self) -> None:
        """End soon; nothing waits for it."""
        self._ended.set()

    def _run(self, ended: threading.Event) -> None:
        while not ended.wait(self._interval_s):
            if self._has_answered:
                self._ask()
            else:
                self._stand_in()

    def _ask(self) -> None:
        self._has_answered = self._has_told = False
        self._seen_at = monotonic()
        try:
            self._loop.call_soon_threadsafe(self._answer)
        except RuntimeError:
            # The loop is closed.
            self._ended.set()

    def _answer(self) -> None:
        self._has_answered = True

    def _stand_in(self) -> None:
        if not self._running.held:
            return
        blocked_s = monotonic() - self._seen_at
        if blocked_s >= _WORTH_LOGGING_S and not self._has_told:
            self._has_told = True
            logger.warning(
                "%s has held up the event loop for %.1f s (%s); a plain function would run in a thread",
                self._culprit(),
                blocked_s,
                self._place(),
            )
        try:
            asyncio.run(self._keep_leases())
        except REDIS_TROUBLE as error:
            logger.warning("the event loop stands still and no lease was renewed: %s", trouble(error))
        except Exception:
            # Without this thread the leases would lapse, in silence.
            logger.exception("the event loop stands still and no lease was renewed")

    async def _keep_leases(self) -> None:
        redis = own_connections(self._link.redis)
        try:
            async with asyncio.timeout(self._link.timeout_s):
                await self._leases.keep(redis.scripts)
        finally:
            await redis.aclose(close_connection_pool=True)

    def _culprit(self) -> str:
        """Which job the event loop is busy with."""
        task = asyncio.current_task(self._loop)
        return next((one.ref for one in self._running.attempts() if one.task is task), "something")

    def _place(self) -> str:
        """Where the event loop's thread is in the code."""
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001  public in all but name
        innermost = frame
        while frame is not None and _is_library(frame.f_code.co_filename):
            frame = frame.f_back
        frame = frame or innermost
        if frame is None:
            return "it has ended"
        return f"{frame.f_code.co_filename}:{frame.f_lineno}, in {frame.f_code.co_qualname}"


def _is_library(filename: str) -> bool:
    """Whether a line is not the user's: Python's own, an installed package's, or ours."""
    return filename.startswith(_LIBRARIES) or "site-packages" in filename
