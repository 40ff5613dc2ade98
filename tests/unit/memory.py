"""An event log and jobs in memory, for tests of the hub that need no Redis."""

import asyncio
from collections.abc import Sequence

from redis.exceptions import ConnectionError as RedisConnectionError

from arqlight.events import START, LogBounds, id_key
from arqlight.models import Event, Job, JobStatus
from arqlight.web.live.hub import Hub
from arqlight.web.live.messages import Message
from arqlight.web.live.subscription import Filter, Subscription

__all__ = ["Memory", "everything", "jobs", "read_all", "taken"]


class Memory:
    """What the hub needs of a queue: its event log (itself), batches and jobs."""

    def __init__(self) -> None:
        self.entries: list[Event] = []
        self.batches: dict[str, list[str]] = {}
        self.jobs: dict[str, Job] = {}
        self.workers_up = True
        self.away = False
        self.reads = 0
        self.refused = 0
        self.look_ups: list[list[str]] = []
        self._last = START
        self._began_ms = 1000
        self._trimmed = False
        self._changed = asyncio.Event()

    @property
    def events(self) -> "Memory":
        return self

    # -- what tests do to it

    def add(self, event: str, job_id: str, *, queue: str = "arq:queue", data: str = "{}") -> str:
        at_ms, sequence = id_key(self._last)
        self._last = f"{at_ms or self._began_ms}-{sequence + 1}"
        self.entries.append(Event(self._last, event, job_id, queue, data))
        self._changed.set()
        return self._last

    def trim(self, keep: int) -> None:
        self._trimmed = True
        self.entries = self.entries[-keep:] if keep else []

    def lose_everything(self) -> None:
        """What a restart without persistence does."""
        self.entries, self._last, self._trimmed = [], START, False
        self._began_ms += 1000
        self.jobs, self.batches = {}, {}

    def go_away(self) -> None:
        self.away = True
        self._changed.set()

    def come_back(self) -> None:
        self.away = False

    def set_job(
        self,
        job_id: str,
        status: str,
        *,
        outcome: str | None = None,
        worker_id: str | None = None,
        job_try: int = 0,
    ) -> None:
        self.jobs[job_id] = Job.model_validate(
            {
                "job_id": job_id,
                "status": status,
                "outcome": outcome,
                "worker_id": worker_id,
                "job_try": job_try,
                "function": "f",
            }
        )

    # -- what the hub asks of it

    def _check(self) -> None:
        if self.away:
            self.refused += 1
            raise RedisConnectionError("away")

    async def read(self, after: str, *, block_ms: int | None = None, count: int = 1000) -> list[Event]:
        self.reads += 1
        self._check()
        found = self._later(after)
        if not found and block_ms:
            self._changed.clear()
            try:
                async with asyncio.timeout(block_ms / 1000):
                    await self._changed.wait()
            except TimeoutError:
                return []
            self._check()
            found = self._later(after)
        await asyncio.sleep(0)
        return found[:count]

    def _later(self, after: str) -> list[Event]:
        return [event for event in self.entries if id_key(event.id) > id_key(after)]

    async def read_between(self, after: str, last: str, *, count: int = 1000) -> list[Event]:
        self._check()
        await asyncio.sleep(0)
        return [event for event in self._later(after) if id_key(event.id) <= id_key(last)][:count]

    async def bounds(self) -> LogBounds:
        self._check()
        await asyncio.sleep(0)
        first = self.entries[0].id if self.entries else self._last
        return LogBounds(first, self._last, self._trimmed)

    async def batch_job_ids(self, batch_id: str) -> tuple[str, list[str]] | None:
        self._check()
        return ("arq:queue", self.batches[batch_id]) if batch_id in self.batches else None

    async def look_up_many(
        self, job_ids: Sequence[str], *, queue_name: str | None = None
    ) -> tuple[list[Job], str]:
        self._check()
        self.look_ups.append(list(job_ids))
        unknown = {j: Job(job_id=j, status=JobStatus.not_found) for j in job_ids}
        found = [self.jobs.get(job_id, unknown[job_id]) for job_id in job_ids], self._last
        await asyncio.sleep(0)
        return found

    async def functions(self, *, queue_name: str | None = None) -> set[str] | None:
        self._check()
        return {"f"} if self.workers_up else None


everything = Filter()


def jobs(*job_ids: str) -> Filter:
    return Filter(jobs=frozenset(job_ids))


def taken(subscription: Subscription) -> list[Message]:
    """What is pending, taken."""
    return subscription.pending.take(1 << 40)


async def read_all(hub: Hub, subscription: Subscription, last_id: str) -> list[Message]:
    """What a client reads, from what it missed up to the event ``last_id``."""
    messages: list[Message] = []
    async for page in hub.replay(subscription):
        messages += page
    async with asyncio.timeout(5):
        while not messages or id_key(messages[-1].event_id or START) < id_key(last_id):
            await subscription.wait(5)
            messages += taken(subscription)
    return messages
