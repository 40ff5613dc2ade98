"""Stand-ins for what the worker's parts reach Redis by: replies are prepared, calls are kept."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, cast

from arq.worker import Function as ArqFunction

from arqlight import func, payload
from arqlight.redis import LightRedis
from arqlight.scripts import (
    Claimed,
    ClaimReply,
    FinishEntry,
    HeartbeatReply,
    RescheduleEntry,
    Scripts,
    Wait,
)
from arqlight.worker.attempt import Attempt
from arqlight.worker.link import Link
from arqlight.worker.plan import Defaults, Plan, Plans

NOW_MS = 1_000_000
DEFAULTS = Defaults(job_timeout_s=300, keep_result_s=3600, keep_result_forever=False, max_tries=5)


class PreparedScripts(Scripts):
    """The scripts, which answer what the test has prepared. A prepared exception is raised."""

    def __init__(self) -> None:
        self.claims: list[ClaimReply | Exception | asyncio.Future[ClaimReply]] = []
        self.claimed: list[dict[str, Any]] = []
        self.recovered: list[list[str]] = []
        self.finished: list[list[str]] = []
        self.rescheduled: list[list[str]] = []
        self.noted: list[str] = []
        self.beats: list[dict[str, Any]] = []
        self.lost: list[str] = []
        self.forgotten: list[str] = []
        self.to_abort: list[str] = []
        # What the next writes raise, one each; None lets one through.
        self.troubles: list[Exception | None] = []

    async def claim(self, queue_name: str, *, wait: Wait | None = None, **asked: Any) -> ClaimReply:
        """The next reply; when there is none left, one of nothing, or wait for ever at Redis."""
        self.claimed.append({**asked, "wait": wait})
        if not self.claims:
            if wait is not None:
                await asyncio.Event().wait()
            return nothing()
        reply = self.claims.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return await reply if isinstance(reply, asyncio.Future) else reply

    async def recover(self, queue_name: str, *, worker_id: str, known: Iterable[str]) -> int:
        """Note what was known."""
        self.recovered.append(list(known))
        return 0

    async def finish(self, queue_name: str, entries: Iterable[FinishEntry], *, held: bool) -> list[str]:
        """Note what was finished."""
        return self._write(self.finished, [entry.job_id for entry in entries])

    async def reschedule(
        self, queue_name: str, entries: Iterable[RescheduleEntry], *, held: bool
    ) -> tuple[list[str], list[str]]:
        """Note what was given back."""
        entries = list(entries)
        forgotten = [e.job_id for e in entries if e.job_id in self.forgotten and not e.record]
        known = [entry.job_id for entry in entries if entry.job_id not in forgotten]
        return self._write(self.rescheduled, known) if known else [], forgotten

    async def heartbeat(self, queue_name: str, *, jobs: Iterable[Any], **said: Any) -> HeartbeatReply:
        """Note the beat."""
        self.beats.append({**said, "jobs": list(jobs)})
        self._trouble()
        return HeartbeatReply(self.lost, self.to_abort, draining=False)

    async def note(self, queue_name: str, job_id: str, *, event: str, **said: Any) -> None:
        """Note the event."""
        self.noted.append(f"{job_id} {event}")

    def _write(self, kept: list[list[str]], job_ids: list[str]) -> list[str]:
        self._trouble()
        kept.append(job_ids)
        return [job_id for job_id in job_ids if job_id in self.lost]

    def _trouble(self) -> None:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble


class Pool:
    """As much of a connection pool as the parts look at."""

    max_connections = 100


class Client:
    """As much of a client as the parts use beside the scripts."""

    def __init__(self) -> None:
        self.connection_pool = Pool()
        self.poked: list[tuple[Any, ...]] = []
        self.is_away = False

    async def execute_after(self, first: tuple[Any, ...], second: tuple[Any, ...]) -> None:
        """Note what was sent first."""
        if self.is_away:
            raise ConnectionError
        self.poked.append(first)

    async def ping(self) -> bool:
        """Answer."""
        return True


class PreparedLink(Link):
    """A way to Redis that leads to the stand-ins above."""

    def __init__(self) -> None:
        super().__init__("q", timeout_s=5)
        self.prepared = PreparedScripts()
        self.client = Client()

    @property
    def redis(self) -> LightRedis:
        """The stand-in of the client."""
        return cast("LightRedis", self.client)

    @property
    def scripts(self) -> Scripts:
        """The stand-in of the scripts."""
        return self.prepared

    @contextlib.asynccontextmanager
    async def call(self, extra_s: float = 0.0) -> AsyncIterator[None]:
        """No limit of time."""
        yield


def reply(*jobs: Claimed, next_due_ms: float | None = None, floor: str = "-inf 0") -> ClaimReply:
    """What a claim that yielded these jobs returns."""
    return ClaimReply(NOW_MS, next_due_ms, floor, list(jobs))


def nothing() -> ClaimReply:
    """What a claim in vain returns."""
    return reply()


def claimed(job_id: str = "job", *, function: str = "work", job_try: int = 1, **record: Any) -> Claimed:
    """A claimed job."""
    data = payload.encode_job(function, record.get("args", ()), {}, record.get("given_try"), NOW_MS)
    loss = {name: record[name] for name in ("lost_by", "lost_tries", "was_alone") if name in record}
    return Claimed(job_id, float(NOW_MS), data, job_try, record.get("abort_ms"), **loss)


def several(count: int, first: int = 0) -> list[Claimed]:
    """So many claimed jobs."""
    return [claimed(f"job-{n}") for n in range(first, first + count)]


async def work(ctx: dict[Any, Any]) -> None:
    """What the jobs run."""


def plan(**settings: Any) -> Plan:
    """The plan of a function with these settings."""
    function: ArqFunction = func(work, name="work", **settings)
    return Plans({"work": function}, DEFAULTS).of("work")


def attempt(
    job_id: str = "job",
    *,
    job_try: int = 1,
    lost_tries: int = 0,
    was_alone: bool = False,
    lease_until: float = float("inf"),
    **settings: Any,
) -> Attempt:
    """A try of a job whose function has these settings."""
    taken = claimed(job_id, job_try=job_try, lost_tries=lost_tries, was_alone=was_alone)
    return Attempt(taken, "me:1:1", lease_until, payload.decode_job(taken.record), plan(**settings))


def attempts(job_ids: Sequence[str]) -> list[Attempt]:
    """A try of each of these jobs."""
    return [attempt(job_id) for job_id in job_ids]
