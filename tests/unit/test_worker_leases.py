"""The leases: renewed by heartbeats, given up when they are lost."""

import asyncio
from time import monotonic
from typing import Any

import pytest

from arqlight.worker.attempt import Attempt, Stop
from arqlight.worker.leases import Leases
from arqlight.worker.observers import Counts, Observer, Observers
from arqlight.worker.running import Running
from tests.helpers import eventually
from tests.unit.worker_link import PreparedLink, attempt


class Watching(Observer):
    def __init__(self) -> None:
        self.held: list[int] = []

    def heartbeat(self, held: int) -> None:
        self.held.append(held)


class Holding:
    """A worker's leases of running jobs."""

    def __init__(self) -> None:
        self.link = PreparedLink()
        self.running = Running(Counts(), max_jobs=10)
        self.watching = Watching()
        self.aborted: list[str] = []
        self.leases = Leases(
            self.link,
            self.running,
            Observers([self.watching]),
            worker_id="me",
            lease_s=15,
            record=lambda: "{}",
            abort=lambda one: self.aborted.append(one.job_id),
        )

    def run(self, job_id: str, **settings: Any) -> Attempt:
        one = attempt(job_id, **settings)
        self.running.hold(one)
        self.running.begin(one, asyncio.get_running_loop().create_task(asyncio.sleep(60)))
        return one


@pytest.fixture
async def holding() -> Any:
    made = Holding()
    yield made
    for task in made.running.tasks.values():
        task.cancel()


async def test_a_beat_renews_all_leases_in_one_call(holding: Holding) -> None:
    one, other = holding.run("a", lease_until=0.0), holding.run("b", job_try=2)
    await holding.leases.beat()
    (beat,) = holding.link.prepared.beats
    assert beat["jobs"] == [("a", one.holder, 1), ("b", other.holder, 2)]
    assert (beat["worker_id"], beat["lease_ms"], beat["held"]) == ("me", 15_000, False)
    assert one.lease_until == other.lease_until == pytest.approx(monotonic() + 15, abs=5)
    assert holding.watching.held == [2]


async def test_a_lost_one_is_stopped_and_its_lease_is_not_renewed(holding: Holding) -> None:
    lost, kept = holding.run("lost", lease_until=1.0), holding.run("kept", lease_until=1.0)
    holding.link.prepared.lost = ["lost"]
    await holding.leases.beat()
    assert (lost.stop, kept.stop) == (Stop.lost, None)
    assert lost.lease_until == 1.0
    assert kept.lease_until > 1.0


async def test_what_is_to_be_aborted_is_passed_on(holding: Holding) -> None:
    holding.run("a")
    holding.link.prepared.to_abort = ["a"]
    await holding.leases.beat()
    assert holding.aborted == ["a"]


async def test_lapsed_leases_are_renewed_once_before_a_claim(holding: Holding) -> None:
    await holding.leases.renew_lapsed()
    assert holding.link.prepared.beats == []
    holding.run("a")
    await holding.leases.renew_lapsed()
    await holding.leases.renew_lapsed()
    assert len(holding.link.prepared.beats) == 1


async def test_the_stand_in_lets_the_lease_of_an_overdue_job_lapse(holding: Holding) -> None:
    overdue = holding.run("overdue", timeout=1)
    overdue.began_at -= 2
    holding.run("a", timeout=100)
    await holding.leases.keep(holding.link.scripts)
    assert [job_id for job_id, _, _ in holding.link.prepared.beats[0]["jobs"]] == ["a"]


async def test_it_beats_at_once_when_asked_and_goes_on_after_trouble(holding: Holding) -> None:
    holding.link.prepared.troubles = [ConnectionError(), ValueError("a bug")]
    beating = asyncio.create_task(holding.leases.run())
    for count in (1, 2, 3):
        await eventually(lambda count=count: len(holding.link.prepared.beats) == count)  # type: ignore[misc]
        holding.leases.beat_now()
    await eventually(lambda: holding.watching.held)
    beating.cancel()


async def test_a_job_that_this_worker_claimed_again_stops_the_earlier_try(holding: Holding) -> None:
    former = holding.run("a")
    assert holding.running.hold(attempt("a", job_try=2)) is former
    holding.leases.one_was_lost(former)
    assert former.stop is Stop.lost
