"""One client's event stream: what it missed, then what happens, in few and large sends."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from fastapi.sse import EventSourceResponse
from starlette.types import Receive, Scope, Send

from arqlight.events import id_key
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.web.live.hub import Hub
from arqlight.web.live.messages import Message, preamble, tick
from arqlight.web.live.stopping import mark_stream
from arqlight.web.live.subscription import Subscription

__all__ = ["PING_S", "EventStream"]

# How often an idle stream says that it is there, in seconds.
PING_S = 15.0
# About how many bytes are sent at once.
CHUNK_BYTES = 65_536

HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}


class EventStream(EventSourceResponse):
    """The response that sends a subscription's messages, and gives it back to the hub at its end.

    Each message is bytes already, the same for all clients; FastAPI's encoding of single events would do it
    again for each of them.
    """

    def __init__(self, hub: Hub, subscription: Subscription) -> None:
        super().__init__(_chunks(hub, subscription), headers=HEADERS)
        self._hub = hub
        self._subscription = subscription

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all, until the client or the web process leaves."""
        mark_stream(scope)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._hub.unsubscribe(self._subscription)


async def _chunks(hub: Hub, subscription: Subscription) -> AsyncIterator[bytes]:
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
