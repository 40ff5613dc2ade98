"""One round: enqueue, abort and do harm at random for some time, let everything settle, and check."""

import asyncio
import contextlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool

from arqlight import Queue, keys
from arqlight.models import EventType
from tests.processes import StartWorker, WorkerKind
from tests.servers import Valkey
from tests.soak.checks import check
from tests.soak.evidence import Evidence, Violation, gather
from tests.soak.fleet import Fleet, Member
from tests.soak.jobs import CUT_OFF, Ledger, Producer
from tests.soak.settings import LEASE_S, LOG_CAP

__all__ = ["Report", "run_round"]

FLEET: list[WorkerKind] = ["arqlight", "arqlight", "arq", "arq"]
# The claims of plain arq's killed workers last 14 s, and a job may be lost again after that.
SETTLE_TIMEOUT_S = 90.0
DURABLE = {"appendonly": "yes", "appendfsync": "always"}
WATCH_EVERY_S = 0.2
MOST_PENDING = 400
MOST_SHOWN = 5


@dataclass
class Report:
    """How a round went."""

    seed: int
    seconds: float
    plant: str
    totals: Counter[str]
    violations: list[Violation]
    evidence: Evidence

    @property
    def command(self) -> str:
        """What runs the same round again."""
        words = f"python -m tests.soak --seconds {self.seconds:g} --seed {self.seed}"
        return f"{words} --plant {self.plant}" if self.plant else words

    @property
    def line(self) -> str:
        """The totals, in one line."""
        totals = ", ".join(f"{count} {what}" for what, count in self.totals.items())
        return f"seed {self.seed}, {self.seconds:g} s: {totals}; {len(self.violations)} violations"

    def failure(self) -> str:
        """What is wrong, with all that is known of it."""
        parts = [f"{self.line}\nto run it again: {self.command}"]
        for violation in self.violations[:MOST_SHOWN]:
            parts.append(f"--- {violation.job_id or 'in general'}: {violation.what}")
            if violation.job_id:
                parts.append(self.evidence.story(violation.job_id))
        if len(self.violations) > MOST_SHOWN:
            rest = Counter(re_worded(violation) for violation in self.violations[MOST_SHOWN:])
            parts.append("--- and " + "; ".join(f"{count} x {what}" for what, count in rest.most_common()))
        return "\n".join(parts)


def re_worded(violation: Violation) -> str:
    """A violation's kind: the words before its particulars."""
    return violation.what.splitlines()[0][:60]


class Round:
    """The actors of one round."""

    def __init__(self, rng: random.Random, server: Valkey, queue: Queue, fleet: Fleet) -> None:
        self.rng = rng
        self.server = server
        self.queue = queue
        self.fleet = fleet
        self.ledger = Ledger()
        self.totals: Counter[str] = Counter()
        # The driver's own eyes, whose connections are not cut by itself.
        self.redis = ArqRedis(ConnectionPool.from_url(server.url))
        self.plain = ArqRedis(ConnectionPool.from_url(server.url))
        self.producer = Producer(random.Random(rng.random()), queue, self.plain, self.ledger)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, seconds: float) -> None:
        """Start the workers, do harm, let all settle, and stop the workers."""
        await asyncio.gather(*(self.fleet.start(kind) for kind in FLEET))
        watch = asyncio.create_task(self._watch())
        ends = time.monotonic() + seconds
        await asyncio.gather(self._produce(ends), self._harm(ends))
        await self._finish_tasks()
        self.fleet.wake_all()
        await self._replace(self.fleet.look_after())
        await self._settle()
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await self._see_results()
        self.fleet.look_after()
        await asyncio.gather(*(self.fleet.stop(member) for member in self.fleet.alive()))

    async def aclose(self) -> None:
        await self.redis.aclose(close_connection_pool=True)
        await self.plain.aclose(close_connection_pool=True)

    # -- producing and watching

    async def _produce(self, ends: float) -> None:
        rng = random.Random(self.rng.random())
        while time.monotonic() < ends:
            if len(self.ledger.pending()) < MOST_PENDING:
                await self.producer.produce()
            draw = rng.random()
            if draw < 0.1:
                self._spawn(self.producer.abort_one())
            elif draw < 0.15:
                await self.producer.enqueue_again()
            await asyncio.sleep(rng.uniform(0.01, 0.15))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            with contextlib.suppress(*CUT_OFF):
                await self._see_results()
            await self._replace(self.fleet.look_after())

    async def _see_results(self) -> None:
        pending = self.ledger.pending()
        for first in range(0, len(pending), 1000):
            page = pending[first : first + 1000]
            values = await self.redis.mget([keys.result(job_id) for job_id in page])
            seen = {job_id: value for job_id, value in zip(page, values, strict=True) if value}
            self.ledger.results.update(seen)

    async def _settle(self) -> None:
        """Wait until every job has its result; what has none after all that time is judged later."""
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        while time.monotonic() < deadline:
            left = await self.redis.zcard(keys.DEFAULT_QUEUE)
            if not left and not self.ledger.pending():
                return
            await asyncio.sleep(WATCH_EVERY_S)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish_tasks(self) -> None:
        while self._tasks:
            await asyncio.gather(*self._tasks)

    # -- doing harm

    async def _harm(self, ends: float) -> None:
        actions: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (3, self._kill),
            (3, self._stall),
            (2, self._stop),
            (2, self._cut_connections),
            (2, self._freeze_server),
            (1, self._crash_server),
        ]
        weights = [weight for weight, _ in actions]
        while time.monotonic() < ends:
            await asyncio.sleep(self.rng.uniform(0.3, 1.5))
            (action,) = self.rng.choices([action for _, action in actions], weights)
            await action()

    def _victim(self, kind: WorkerKind | None = None) -> Member | None:
        alive = self.fleet.alive(kind)
        return self.rng.choice(alive) if len(self.fleet.alive()) > 1 and alive else None

    async def _replace(self, members: list[Member]) -> None:
        for member in members:
            self.totals["restarts"] += 1
            self._spawn(self._start(member.kind))

    async def _start(self, kind: WorkerKind) -> None:
        await self.fleet.start(kind)

    async def _kill(self) -> None:
        victim = self._victim()
        if victim is None:
            return
        self.totals["kills"] += 1
        self.fleet.kill(victim)
        await self._replace([victim])

    async def _stall(self) -> None:
        victim = self._victim()
        if victim is None:
            return
        self.totals["stalls"] += 1
        self._spawn(self.fleet.stall(victim, self.rng.uniform(0.7, 2.5) * LEASE_S))

    async def _stop(self) -> None:
        victim = self._victim()
        if victim is None:
            return
        self.totals["stops"] += 1
        self._spawn(self.fleet.stop(victim))
        await self._replace([victim])

    async def _cut_connections(self) -> None:
        self.totals["cuts"] += 1
        for kind in ("normal", "pubsub"):
            await self.redis.client_kill_filter(_type=kind, skipme=True)

    async def _freeze_server(self) -> None:
        self.totals["server freezes"] += 1
        with self.server.stalled():
            await asyncio.sleep(self.rng.uniform(0.1, 0.7))

    async def _crash_server(self) -> None:
        """Kill Redis, and start it again with all that it was told: it writes each change to disk."""
        self.totals["server crashes"] += 1
        self.server.kill()
        await asyncio.sleep(self.rng.uniform(0.0, 1.0))
        await asyncio.to_thread(self.server.start)
        await self._until_reachable()

    async def _until_reachable(self) -> None:
        while True:
            with contextlib.suppress(*CUT_OFF):
                await self.redis.ping()
                return
            await asyncio.sleep(WATCH_EVERY_S)

    def count(self, evidence: Evidence) -> Counter[str]:
        """The totals of the round, in the order to print them."""
        totals = Counter({"jobs": len(evidence.results)})
        names = ("kills", "stalls", "stops", "cuts", "server freezes", "server crashes", "restarts")
        totals.update({name: self.totals[name] for name in names})
        totals["aborts"] = len(self.ledger.abort_answers)
        events = [event["event"] for told in evidence.events.values() for event in told]
        totals["events"] = len(events)
        for name in (EventType.lost, EventType.released, EventType.abort_ignored):
            totals[f"{name} events"] = events.count(name)
        totals["jobs ended by plain arq"] = sum(not evidence.is_ours(job_id) for job_id in evidence.results)
        return totals


async def run_round(seed: int, seconds: float, *, plant: str = "", folder: Path | None = None) -> Report:
    """Run one round on a server of its own.

    :param seed: decides what is done and when
    :param seconds: for how long harm is done; settling takes up to half a minute more
    :param plant: the name of a bug to plant in the workers, see `tests.soak.plant`
    :param folder: where the workers' output goes, a temporary folder by default
    """
    with tempfile.TemporaryDirectory(prefix="arqlight-soak-") as temporary, Valkey(**DURABLE) as server:
        notes = folder or Path(temporary)
        start = StartWorker(server.url, notes)
        try:
            async with Queue.connect(server.url, log_cap=LOG_CAP) as queue:
                fleet = Fleet(start, {"SOAK_NOTES": str(notes), "SOAK_PLANT": plant})
                actors = Round(random.Random(seed), server, queue, fleet)
                await actors.run(seconds)
                evidence = await gather(queue, actors.redis, actors.ledger, fleet, notes)
                await actors.aclose()
        except BaseException as error:
            error.add_note(f"in a round of {seconds:g} s with seed {seed}")
            raise
        finally:
            start.kill_all()
        return Report(seed, seconds, plant, actors.count(evidence), check(evidence), evidence)
