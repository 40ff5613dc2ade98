"""The recorder: reads the event log and keeps the tables. One at a time; any number may stand by."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import SQLAlchemyError

from arqlight import keys
from arqlight.events import START, EventLog, id_key
from arqlight.history.facts import Facts
from arqlight.history.gaps import note_gap
from arqlight.history.history import History
from arqlight.history.keeping import Keeper
from arqlight.history.lock import RecorderLock
from arqlight.history.projection import Changes, needs_row, project
from arqlight.history.reading import RecordReader, records_of
from arqlight.history.retention import Retention
from arqlight.history.rows import JobState
from arqlight.history.tables import jobs, position
from arqlight.history.writing import load, upsert, write
from arqlight.logs import get_logger
from arqlight.models import Event, EventType
from arqlight.redaction import DEFAULT, Redaction
from arqlight.redis import LightRedis
from arqlight.redis.failures import REDIS_TROUBLE, ask, why

__all__ = ["Recorder", "RecorderSettings"]

logger = get_logger("arqlight.history")

_BATCH = 3_000
_BLOCK_MS = 500
# Between two commits: what happens to a job meanwhile is one write.
_PACE_S = 0.05
_STANDBY_S = 1.0
_LONGEST_PAUSE_S = 10.0
# Rows of jobs that are not complete, kept so that they need not be read again.
_MOST_CACHED = 20_000
_MOST_LATER = 100_000
_FILLED_AT_ONCE = 200
_CAP_EXPIRY_S = 86_400
_CAP_EVERY_S = 60.0
_LAST_COUNTER = 2**64 - 1

T = TypeVar("T")


class FencedError(Exception):
    """Another recorder has written since: this one must not."""


@dataclass(frozen=True, slots=True)
class RecorderSettings:
    """How the history is kept.

    Args:
        redaction: the names of fields whose values are not written.
        hard_cap: how many events the log may hold for a recorder that is behind or away; beyond that events
            are lost to it.
        retention: for how long what is kept.
    """

    redaction: Redaction = DEFAULT
    hard_cap: int = 1_000_000
    retention: Retention = field(default_factory=Retention)


class Recorder:
    """Keeps a history of what is in one Redis, in an event loop of its own if it shares a process.

    Args:
        redis: the client, whose connections are used by this event loop alone.
        history: where to write.
        settings: how.
    """

    def __init__(self, redis: LightRedis, history: History, settings: RecorderSettings | None = None) -> None:
        self.settings = settings or RecorderSettings()
        self._redis = redis
        self._database = history.database
        self._log = EventLog(redis)
        self._reader = RecordReader(redis, self.settings.redaction)
        self._keeper = Keeper(redis, self._reader, self.settings.retention, self.settings.redaction)
        self._lock = RecorderLock(redis, history.id)
        self._rows: OrderedDict[str, JobState] = OrderedDict()
        self._later: deque[str] = deque(maxlen=_MOST_LATER)
        self._cap_set_at = -_CAP_EVERY_S
        self.position = START

    async def run(self) -> None:
        """Record until cancelled. Waits while another recorder is at work, and while Redis or SQL is away."""
        pause = 0.1
        while True:
            try:
                if await self._take_over():
                    pause = 0.1
                    await self._record_while_held()
                await asyncio.sleep(_STANDBY_S)
            except FencedError:
                logger.warning("another recorder has written the history; this one stands by")
            except (*REDIS_TROUBLE, SQLAlchemyError) as error:
                logger.warning("the recorder waits %.1f s: %s", pause, why(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _take_over(self) -> bool:
        """Take the lock, if it is free, and find out where the last recorder ended."""
        at, fence = await self._database.write(_position)
        if not await self._lock.acquire(fence):
            return False
        self.position = at
        self._rows.clear()
        self._later.clear()
        self._later.extend(await self._database.read(_without_call))
        logger.info("recording the history from event %s on", at)
        return True

    async def _record_while_held(self) -> None:
        keeper = asyncio.create_task(self._lock.keep(), name="arqlight-recorder-lock")
        try:
            while self._lock.is_held:
                started = time.monotonic()
                count = await self.step(block_ms=_BLOCK_MS)
                at_rest = count < _BATCH
                await self._keep_house(at_rest=at_rest)
                if at_rest:
                    await asyncio.sleep(max(0.0, _PACE_S - (time.monotonic() - started)))
        finally:
            keeper.cancel()
            self._rows.clear()
            try:
                await self._lock.release()
            except REDIS_TROUBLE:
                self._lock.is_held = False

    async def step(self, *, block_ms: int | None = None) -> int:
        """Record the next stretch of the log; returns how many events it had."""
        await self._raise_cap()
        events = await self._read_on(block_ms)
        if events is None:
            return 0
        if not events:
            return 0
        wanted, later = records_of(events, failures_only=len(events) == _BATCH)
        self._later.extend(later)
        heads = await self._reader.read(wanted)
        # A job that ended meanwhile has a result record by now.
        self._later.extend(job_id for job_id in wanted if job_id not in heads)
        await self._commit(events, heads)
        return len(events)

    async def _read_on(self, block_ms: int | None) -> list[Event] | None:
        """The next events. None where some were trimmed unread: the position is behind them now.

        While the last event that was read is still there, all that came after it is.
        """
        found = await self._log.read(_before(self.position), count=_BATCH + 1)
        if not found or found[0].id != self.position:
            bounds = await ask(self._log.bounds())
            # Nothing lies between the first event and the id right before it, where a jump leads.
            if not bounds.has_all_after(self.position) and self.position != _before(bounds.first_id):
                await self._jump(bounds.first_id)
                return None
        events = [event for event in found if event.id != self.position][:_BATCH]
        if not events and block_ms is not None:
            # What comes is read by the next step, which sees whether that is all.
            await self._log.read(self.position, block_ms=block_ms, count=1)
        return events

    async def _commit(self, events: Sequence[Event], heads: dict[str, bytes]) -> None:
        """Write what events led to, and that they are read, in one transaction."""

        def commit(connection: Connection) -> Changes:
            changes = project(
                events,
                self._known(connection, events),
                self._reader.facts(heads),
                self.settings.redaction,
            )
            self._advance(connection, events[-1].id, changes.unknown)
            write(connection, changes)
            return changes

        try:
            changes = await self._database.write(commit)
        except BaseException:
            # They may have been changed without being written.
            self._rows.clear()
            raise
        self.position = events[-1].id
        self._keep(changes)

    def _known(self, connection: Connection, events: Sequence[Event]) -> dict[str, JobState]:
        """The newest row of each job that the events change."""
        known: dict[str, JobState] = {}
        missing: dict[str, None] = {}
        new: set[str] = set()
        for event in events:
            job_id = event.job_id
            if event.event == EventType.enqueued:
                new.add(job_id)
            elif needs_row(event.event) and job_id not in known and job_id not in new:
                row = self._rows.get(job_id)
                if row is None:
                    missing[job_id] = None
                else:
                    known[job_id] = row
        return known | load(connection, list(missing))

    def _keep(self, changes: Changes) -> None:
        """Remember the rows of jobs to which more will happen."""
        for job_id in changes.deleted:
            self._rows.pop(job_id, None)
        for job in changes.jobs.values():
            job_id = job.values["job_id"]
            if job.is_done:
                self._rows.pop(job_id, None)
            else:
                job.written()
                self._rows[job_id] = job
                self._rows.move_to_end(job_id)
        while len(self._rows) > _MOST_CACHED:
            self._rows.popitem(last=False)

    def _advance(self, connection: Connection, event_id: str, unknown: int = 0) -> None:
        """Move the position on, if no other recorder did.

        Raises:
            FencedError: one did.
        """
        moved = connection.execute(
            update(position)
            .where(position.c.event_id == self.position, position.c.fence <= self._lock.fence)
            .values(
                event_id=event_id,
                fence=self._lock.fence,
                unknown_events=position.c.unknown_events + unknown,
            )
        )
        if moved.rowcount != 1:
            raise FencedError

    async def _jump(self, to: str) -> None:
        """Go on behind events that were trimmed before they were read, and note that they are missing."""
        after = self.position
        logger.warning("events after %s are gone from the log; the history has a gap", after)
        # The log may also be another one than before, whose ids are smaller.
        onward = _before(to)

        def jump(connection: Connection) -> None:
            self._advance(connection, onward)
            note_gap(connection, after, to)

        await self._database.write(jump)
        self.position = onward
        self._rows.clear()

    async def _keep_house(self, *, at_rest: bool) -> None:
        """Do what is due beside recording; what can wait waits until the log is read."""
        read = self._database.read
        for job_id in await self._keeper.keep(self._write, read, self.position, at_rest=at_rest):
            self._rows.pop(job_id, None)
        if not at_rest:
            return
        some = [self._later.popleft() for _ in range(min(_FILLED_AT_ONCE, len(self._later)))]
        if some:
            heads = await self._reader.read_any(some)
            await self._write(lambda connection: self._fill(connection, some, heads))
        if self._redis.log_cap:
            await ask(self._redis.xtrim(keys.EVENTS, maxlen=self._redis.log_cap, approximate=True))

    async def _write(self, change: Callable[[Connection], T]) -> T:
        """Make a change in a transaction that no other recorder came before."""

        def fenced(connection: Connection) -> T:
            self._advance(connection, self.position)
            return change(connection)

        return await self._database.write(fenced)

    def _fill(self, connection: Connection, job_ids: list[str], heads: dict[str, bytes]) -> None:
        """Add what records tell to rows that lack it."""
        facts: dict[str, Facts] = self._reader.facts(heads)
        rows = load(connection, job_ids)
        changes = Changes()
        for job_id, job in rows.items():
            told = facts.get(job_id)
            if told is not None and job.values["call"] is None:
                job.values |= {"args": told.args, "kwargs": told.kwargs, "call": told.call}
                changes.jobs[job.values["seq"]] = job
                self._rows.pop(job_id, None)
        write(connection, changes)

    async def _raise_cap(self) -> None:
        """Tell those who write the log to keep what this recorder has not read."""
        now = time.monotonic()
        if now - self._cap_set_at >= _CAP_EVERY_S and self.settings.hard_cap > self._redis.log_cap > 0:
            await ask(self._redis.set(keys.LOG_HARD_CAP, self.settings.hard_cap, ex=_CAP_EXPIRY_S))
            self._cap_set_at = now


def _before(event_id: str) -> str:
    """The id right before another."""
    at_ms, counter = id_key(event_id)
    if counter:
        return f"{at_ms}-{counter - 1}"
    return f"{at_ms - 1}-{_LAST_COUNTER}" if at_ms else START


def _position(connection: Connection) -> tuple[str, int]:
    """The position and the last fencing number; sets up the one row that has them."""
    first = {"id": 1, "event_id": START, "fence": 0, "unknown_events": 0}
    connection.execute(upsert(connection, position).values(first).on_conflict_do_nothing())
    found = connection.execute(select(position.c.event_id, position.c.fence)).one()
    return found.event_id, found.fence


def _without_call(connection: Connection) -> list[str]:
    """The ids of the newest jobs whose arguments were left for later."""
    newest = select(jobs.c.job_id, jobs.c.call).order_by(jobs.c.seq.desc()).limit(_FILLED_AT_ONCE * 50)
    return [row.job_id for row in connection.execute(newest) if row.call is None]
