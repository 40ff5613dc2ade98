"""One client's event stream: what it missed, then what happens, in few and large sends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from arqlight.events import id_key
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.web.live.hub import Hub
from arqlight.web.live.messages import Message, preamble, tick
from arqlight.web.live.opening import Opening
from arqlight.web.live.stopping import mark_stream
from arqlight.web.live.subscription import Filter, Subscription

__all__ = ["PING_S", "Allowed", "EventStream"]

Allowed = Callable[[], Awaitable[bool]]
"""Whether the client may still watch."""

# How often an idle stream says that it is there, in seconds.
PING_S = 15.0
# How long a client waits for its stream to open, in seconds, before it is told that it is and waits inside.
PATIENCE_S = 1.0
# How often it is asked again whether the client may still watch, in seconds.
ASK_AGAIN_S = 60.0
# About how many bytes are sent at once.
CHUNK_BYTES = 65_536

HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}


class EventStream(StreamingResponse):
    """The response that subscribes a client, sends it what it subscribed to, and ends its subscription.

    It is 200 whatever the state of Redis: a browser that is refused never asks again. Once Redis answers, a
    client that said what it knew gets all that it missed, and any other a ``reset``.

    Each message is bytes already, the same for all clients; FastAPI's encoding of single events would do it
    again for each of them.

    Args:
        hub: where the events come from.
        want: which events.
        after: the id of the last event that the client knows.
        is_allowed: asked again each minute.
        reset: why the client has to be told that it missed events, if it has to.
    """

    media_type = "text/event-stream"

    def __init__(
        self, hub: Hub, want: Filter, after: str | None, is_allowed: Allowed, *, reset: str | None = None
    ) -> None:
        super().__init__(_while_allowed(self._chunks(), is_allowed), headers=HEADERS)
        self._hub = hub
        self._want = want
        self._after = after
        self._reset = reset
        self._opening: Opening | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all, until the client or the web process leaves."""
        mark_stream(scope)
        self._opening = Opening(self._hub, self._want, self._after)
        try:
            # A client that is told that its stream is open misses nothing from then on.
            if not await self._opening.wait(PATIENCE_S) and self._after is None:
                self._reset = self._reset or "redis_away"
            await super().__call__(scope, receive, send)
        finally:
            await self._opening.aclose()

    async def _chunks(self) -> AsyncIterator[bytes]:
        assert self._opening is not None  # noqa: S101  nothing is sent before it is made
        while not self._opening.is_decided:
            yield preamble(self._after or "")
            await self._opening.wait(PING_S)
        subscription = self._opening.subscription()
        if subscription is None:
            yield preamble(self._after or "")
            return
        if self._reset is not None:
            subscription.reset(self._reset)
        async for chunk in _chunks_of(self._hub, subscription):
            yield chunk


async def _while_allowed(chunks: AsyncIterator[bytes], is_allowed: Allowed) -> AsyncIterator[bytes]:
    """The chunks, as long as the client may have them. An idle stream has one too, each `PING_S` seconds."""
    clock = asyncio.get_running_loop().time
    asked_at = clock()
    async for chunk in chunks:
        if clock() - asked_at >= ASK_AGAIN_S:
            if not await is_allowed():
                return
            asked_at = clock()
        yield chunk


async def _chunks_of(hub: Hub, subscription: Subscription) -> AsyncIterator[bytes]:
    sent_id = subscription.start_id
    yield preamble(sent_id)
    try:
        async for page in hub.replay(subscription):
            if page:
                sent_id = _last_id(page, sent_id)
                yield _join(page)
    except REDIS_TROUBLE:
        return  # the client connects again, and resumes from what it got
    while True:
        if not await subscription.wait(PING_S):
            # All events up to the hub's position were sent, so the client may resume from there.
            sent_id = max(sent_id, hub.position(), key=id_key)
            yield tick(sent_id)
            continue
        messages = subscription.pending.take(CHUNK_BYTES)
        if not messages:
            return  # closed, and all is sent
        sent_id = _last_id(messages, sent_id)
        yield _join(messages)
        in_a_hurry = subscription.closed or subscription.pending.size >= CHUNK_BYTES
        await asyncio.sleep(0 if in_a_hurry else hub.pace())


def _join(messages: Sequence[Message]) -> bytes:
    return b"".join([message.wire for message in messages])


def _last_id(messages: Sequence[Message], default: str) -> str:
    return next((message.event_id for message in reversed(messages) if message.event_id), default)
