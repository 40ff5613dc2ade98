"""The hub: reads the event log once for the whole web process, and hands each event to whom it concerns."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from arqlight.events import START, LogBounds, id_key
from arqlight.logs import get_logger
from arqlight.models import Event, Job
from arqlight.redis.failures import REDIS_AWAY, REDIS_TROUBLE, ask, refuses, why
from arqlight.web.live.fan_out import FanOut
from arqlight.web.live.messages import Message, of_event
from arqlight.web.live.pending import Pending
from arqlight.web.live.plain_arq import PlainArqPoller
from arqlight.web.live.recent import MOST_EVENTS, Recent
from arqlight.web.live.subscription import Filter, Subscription

__all__ = ["ClosingError", "Hub", "Source"]

logger = get_logger("arqlight.web.live.hub")

PAGE = 1000
BLOCK_MS = 2000
# How much of the log is in memory when reading begins.
RECENT_MS = 10_000
# A read that returns so many may have lost others: the log is trimmed at its other end.
SUSPICIOUS = 50
# A client that missed more than this fetches a snapshot sooner than it would get through them.
LONGEST_REPLAY = 20_000
# After handing out this many messages, let others have their turn.
TURN = 5000
FIRST_DELAY_S, LONGEST_DELAY_S = 0.1, 2.0


class ClosingError(Exception):
    """The web process is ending."""


class Log(Protocol):
    """What the hub needs of `arqlight.events.EventLog`."""

    async def read(self, after: str, *, block_ms: int | None = None, count: int = 1000) -> list[Event]:
        """The events later than ``after``."""

    async def read_between(self, after: str, last: str, *, count: int = 1000) -> list[Event]:
        """The events later than ``after`` up to ``last``."""

    async def bounds(self) -> LogBounds:
        """What the log holds."""


class Source(Protocol):
    """What the hub needs of `arqlight.queue.Queue`."""

    @property
    def events(self) -> Log:
        """The event log."""

    async def batch_job_ids(self, batch_id: str) -> tuple[str, list[str]] | None:
        """The queue and the job ids of a batch."""

    async def look_up_many(
        self, job_ids: Sequence[str], *, queue_name: str | None = None
    ) -> tuple[list[Job], str]:
        """What is known of jobs, and the event at which it is true."""

    async def functions(self, *, queue_name: str | None = None) -> set[str] | None:
        """What live arqlight workers of the queue have registered; None when there is none."""


class Hub:
    """Reads the log while somebody watches, from the first subscriber on.

    It goes on by itself after Redis was away. When events were lost to it, everybody gets a ``reset``.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.log = source.events
        self.fan_out = FanOut()
        self.recent = Recent()
        self.cursor = START
        self.closing = asyncio.Event()
        self._is_away = False
        self.plain_arq = PlainArqPoller(source, self.fan_out, self.position)
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    def position(self) -> str:
        """The id of the last event that was handed out."""
        return self.cursor

    # -- subscribing

    async def subscribe(self, want: Filter, after: str | None = None) -> Subscription:
        """Begin to collect events for a client. Give the subscription back to `unsubscribe`.

        Args:
            want: which events.
            after: the id of the last event that the client knows; it gets all that came later.

        Raises:
            ClosingError: the web process is ending.
            ValueError: ``after`` is not an event id.
        """
        if after is not None:
            id_key(after)
        batches = await self._batches(want)
        await self._start_reading()
        # From here to `FanOut.add` nothing is awaited, so no event falls between.
        subscription = Subscription(want, self.position)
        joined = self.cursor
        self.fan_out.add(subscription, {batch_id: job_ids for batch_id, (_, job_ids) in batches.items()})
        self.plain_arq.add(subscription, batches)
        if after is not None:
            try:
                await self._resume(subscription, after, joined)
            except BaseException:
                self.unsubscribe(subscription)
                raise
        return subscription

    async def _batches(self, want: Filter) -> dict[str, tuple[str, list[str]]]:
        """The queue and the job ids of each batch that is known."""
        found = {batch_id: await ask(self.source.batch_job_ids(batch_id)) for batch_id in want.batches}
        return {batch_id: batch for batch_id, batch in found.items() if batch is not None}

    async def _resume(self, subscription: Subscription, after: str, joined: str) -> None:
        recent = self.recent.later_than(after)
        if recent is not None:
            subscription.start_id = after
            for remembered in recent:
                if self.fan_out.wants(subscription, remembered.event):
                    subscription.put(remembered.message())
            return
        subscription.resume_after(after, joined)
        bounds = await ask(self.log.bounds())
        if not bounds.has_all_after(after):
            subscription.reset("trimmed")

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop collecting events for a client. Fine to call twice."""
        job_ids = self.fan_out.jobs_of(subscription)
        self.fan_out.remove(subscription)
        self.plain_arq.remove(subscription, job_ids)

    async def replay(self, subscription: Subscription) -> AsyncIterator[list[Message]]:
        """What a client missed before it subscribed, in pages. What came since is pending."""
        scanned = 0
        while subscription.missed is not None:
            after, last = subscription.missed
            page = await ask(self.log.read_between(after, last, count=PAGE))
            complete = (await ask(self.log.bounds())).has_all_after(after)
            if subscription.was_reset:
                return
            scanned += len(page)
            if not complete or scanned > LONGEST_REPLAY:
                subscription.reset("too_long" if complete else "trimmed")
                return
            subscription.missed = (page[-1].id, last) if len(page) == PAGE else None
            yield self._wanted(page, subscription)

    def _wanted(self, page: list[Event], subscription: Subscription) -> list[Message]:
        pending = Pending(self.position, most_messages=2 * PAGE, most_bytes=1 << 40)
        for event in page:
            if self.fan_out.wants(subscription, event):
                pending.put(of_event(event))
        return pending.take(1 << 40)

    def pace(self) -> float:
        """How many seconds a stream waits between two sends: more when there are many.

        A few streams are told at once; a thousand together send 5,000 times a second.
        """
        return min(0.25, max(0.004, 0.0002 * len(self.fan_out.all)))

    # -- reading

    async def _start_reading(self) -> None:
        async with self._starting:
            if self.closing.is_set():
                raise ClosingError
            if self._reader is None:
                await self._begin()
                self._reader = asyncio.create_task(self._read_on(), name="arqlight hub")
                self.plain_arq.start()

    async def _begin(self) -> None:
        """Begin at the log's end, with its last seconds in memory for those who connect again now."""
        last_id = (await ask(self.log.bounds())).last_id
        at_ms, _ = id_key(last_id)
        since = f"{max(0, at_ms - RECENT_MS)}-0"
        events = await ask(self.log.read_between(since, last_id, count=MOST_EVENTS))
        self.recent.begin(last_id, events if len(events) < MOST_EVENTS else ())
        self.cursor = last_id

    async def _read_on(self) -> None:
        failures = 0
        while True:
            try:
                if failures:
                    await self._check_nothing_lost(self.cursor)
                await self._read_once()
                self._say_back()
                failures = 0
            except REDIS_AWAY as error:
                failures += 1
                self.say_away(error)
            except Exception:
                # Whatever it was, it must not end the streams in silence.
                logger.exception("reading the event log failed")
                failures += 1
                await self._skip_unreadable()
            if not self.fan_out.all:
                break
            if failures:
                await asyncio.sleep(min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** (failures - 1)))
        self._reader = None
        self.plain_arq.stop()

    def say_away(self, error: Exception) -> None:
        """Log that Redis does not answer or refuses, once until it is back."""
        if not self._is_away:
            self._is_away = True
            # redis-py counts a wrong password to what is away.
            away = "refuses what is asked" if refuses(error) else "is away"
            logger.warning("Redis %s: %s. Streams stay open.", away, why(error))

    def _say_back(self) -> None:
        if self._is_away:
            self._is_away = False
            logger.warning("Redis is back.")

    async def _read_once(self) -> None:
        before = self.cursor
        began = asyncio.get_running_loop().time()
        events = await ask(self.log.read(before, block_ms=BLOCK_MS, count=PAGE), BLOCK_MS / 1000 + 5)
        late = asyncio.get_running_loop().time() - began > 2 * BLOCK_MS / 1000
        if late or len(events) >= SUSPICIOUS:
            await self._check_nothing_lost(before)
            events = [event for event in events if id_key(event.id) > id_key(self.cursor)]
        await self._hand_out(events)

    async def _check_nothing_lost(self, after: str) -> None:
        bounds = await ask(self.log.bounds())
        if not bounds.has_all_after(after):
            self._reset_all("trimmed", bounds.last_id)

    async def _skip_unreadable(self) -> None:
        with contextlib.suppress(*REDIS_TROUBLE):
            self._reset_all("log_unreadable", (await ask(self.log.bounds())).last_id)

    def _reset_all(self, reason: str, event_id: str) -> None:
        self.cursor = event_id
        self.recent.begin(event_id)
        self.plain_arq.note_new_log()
        for subscription in self.fan_out.all:
            subscription.reset(reason)

    async def _hand_out(self, events: list[Event]) -> None:
        handed = 0
        for event in events:
            self.cursor = event.id
            remembered = self.recent.add(event)
            if self.fan_out.is_watched(event.job_id):
                self.plain_arq.note(event)
            recipients = self.fan_out.recipients(event)
            if recipients:
                message = remembered.message()
                for subscription in recipients:
                    subscription.put(message)
                handed += len(recipients)
            if handed >= TURN:
                handed = 0
                await asyncio.sleep(0)

    # -- the end

    def close_streams(self) -> None:
        """End all streams, and take no new ones: the web process is ending."""
        self.closing.set()
        for subscription in list(self.fan_out.all):
            subscription.close()

    async def aclose(self) -> None:
        """End all streams and stop reading."""
        self.close_streams()
        self.plain_arq.stop()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            self._reader = None
