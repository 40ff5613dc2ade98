"""A subscription that is made as soon as Redis lets us.

A browser that is refused an event stream never asks again. So nobody is refused because Redis is away or
slow, as it may be around a restart: the stream is open, and its events come when they can.
"""

import asyncio
import contextlib

from arqlight.logs import get_logger
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.web.live.hub import ClosingError, Hub
from arqlight.web.live.subscription import Filter, Subscription

__all__ = ["Opening"]

logger = get_logger("arqlight.web.live.opening")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0


class Opening:
    """Subscribes a client in the background, until it works or the web process ends.

    Args:
        hub: where to subscribe.
        want: which events.
        after: the id of the last event that the client knows; it gets all that came later.
    """

    def __init__(self, hub: Hub, want: Filter, after: str | None) -> None:
        self._hub = hub
        self._want = want
        self._after = after
        self._task = asyncio.create_task(self._subscribe(), name="arqlight opening")

    @property
    def is_decided(self) -> bool:
        """Whether the client is subscribed, or the web process ends."""
        return self._task.done() or self._hub.closing.is_set()

    async def wait(self, timeout: float) -> bool:
        """Wait until it is decided, ``timeout`` seconds at the most; whether it is."""
        closing = asyncio.ensure_future(self._hub.closing.wait())
        try:
            await asyncio.wait({self._task, closing}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            closing.cancel()
        return self.is_decided

    def subscription(self) -> Subscription | None:
        """What `wait` has waited for; None when the web process ends."""
        return self._task.result() if self._task.done() else None

    async def aclose(self) -> None:
        """Give the subscription back, or stop trying."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            subscription = await self._task
            if subscription is not None:
                self._hub.unsubscribe(subscription)

    async def _subscribe(self) -> Subscription | None:
        pause = FIRST_PAUSE_S
        while True:
            try:
                return await self._hub.subscribe(self._want, self._after)
            except ClosingError:
                return None
            except REDIS_TROUBLE as error:
                self._hub.say_away(error)
            except Exception:
                # Whatever it was, a stream that ended with it would be asked for again at once.
                logger.exception("subscribing to events failed")
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 2)
