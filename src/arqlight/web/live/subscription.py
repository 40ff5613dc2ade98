"""What one client watches, and what it has not been sent yet."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from arqlight.events import START, id_key
from arqlight.web.live.messages import Message
from arqlight.web.live.pending import Pending

__all__ = ["Filter", "Subscription"]


class Filter(NamedTuple):
    """Which events a client wants: those of these jobs, batches, queues, workers; all when none is named."""

    jobs: frozenset[str] = frozenset()
    batches: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    workers: frozenset[str] = frozenset()

    @property
    def is_everything(self) -> bool:
        """Whether nothing is named."""
        return not any(self)


class Subscription:
    """One client of the hub. Made by `Hub.subscribe`, and given back to `Hub.unsubscribe`."""

    def __init__(self, want: Filter, position: Callable[[], str], pending: Pending | None = None) -> None:
        self.want = want
        self.position = position
        self.pending = pending or Pending(position)
        self.closed = False
        self.was_reset = False
        # What the client resumes from if it is cut off before it was sent anything.
        self.start_id = position()
        # Missed events to send before the pending ones: those after the first id, up to the second.
        self.missed: tuple[str, str] | None = None
        # Set while the client knows later events than the hub: those up to this one are not for it.
        self._known_up_to: tuple[int, int] | None = None
        self._waiter: asyncio.Future[None] | None = None

    def resume_after(self, after: str, joined: str) -> None:
        """Send what the client missed: it knows events up to ``after``; those past ``joined`` come live."""
        self.start_id = after
        if id_key(after) < id_key(joined):
            self.missed = (after, joined)
        else:
            self._known_up_to = id_key(after)

    def put(self, message: Message) -> None:
        """Take a message from the hub."""
        if self._known_up_to is not None and message.event_id:
            if id_key(message.event_id) <= self._known_up_to:
                return
            self._known_up_to = None
        self.pending.put(message)
        self._wake()

    def reset(self, reason: str) -> None:
        """Tell the client that it missed events."""
        self.missed = self._known_up_to = None
        self.start_id = START
        self.was_reset = True
        self.pending.reset(reason)
        self._wake()

    def close(self) -> None:
        """End the stream; what is pending is still sent."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self, timeout: float) -> bool:
        """Wait until something is pending or the stream is to end; False after ``timeout`` seconds."""
        if not self.pending and not self.closed:
            # A future and a timer: a thousand streams wait like this many times a second.
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(timeout, self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        return bool(self.pending) or self.closed
