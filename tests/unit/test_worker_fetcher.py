"""The fetcher: one loop that claims. When it claims, how many, and what becomes of a bad claim."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.exceptions import NoPermissionError

from arqlight.scripts import Claimed, ClaimReply
from arqlight.worker.fetcher import Fetcher
from arqlight.worker.observers import Counts
from arqlight.worker.pacing import Pacing
from arqlight.worker.running import Running
from arqlight.worker.waiting_claim import WaitingClaim
from tests.helpers import eventually
from tests.unit.worker_link import PreparedLink, attempt, claimed, nothing, reply, several


class Fetching:
    """A fetcher whose jobs do nothing but take a slot until the test ends them."""

    def __init__(self, max_jobs: int = 10) -> None:
        self.link = PreparedLink()
        self.scripts = self.link.prepared
        self.running = Running(Counts(), max_jobs=max_jobs)
        self.pacing = Pacing(self.link.clock, max_jobs)
        self.begun: list[str] = []
        self.renewed = 0
        self.fetcher = Fetcher(
            self.link,
            self.running,
            self.pacing,
            WaitingClaim(self.link, "me"),
            begin=self.begin,
            renew_lapsed=self.renew_lapsed,
            worker_id="me",
            lease_s=15,
        )
        self.running.read_limit = 100
        self.running.changed = self.fetcher.slots_changed

    def begin(self, job: Claimed, holder: str, lease_until: float) -> None:
        """Take a slot."""
        self.begun.append(job.job_id)
        one = attempt(job.job_id)
        self.running.hold(one)
        self.running.begin(one, asyncio.get_running_loop().create_task(asyncio.Event().wait()))

    def end(self, *job_ids: str) -> None:
        """Free the jobs' slots."""
        for job_id in job_ids:
            one = self.running.held[job_id]
            self.running.tasks[job_id].cancel()
            self.running.end(one)
            self.running.drop(one)

    async def renew_lapsed(self) -> None:
        self.renewed += 1

    @property
    def waits_at_redis(self) -> bool:
        """Whether the last claim waits there."""
        return bool(self.scripts.claimed) and self.scripts.claimed[-1]["wait"] is not None

    def limits(self) -> list[int]:
        """How many each claim asked for."""
        return [asked["limit"] for asked in self.scripts.claimed]


@asynccontextmanager
async def looping(fetching: Fetching) -> AsyncIterator[Fetching]:
    """While the loop runs."""
    loop = asyncio.create_task(fetching.fetcher.run())
    try:
        yield fetching
    finally:
        fetching.fetcher.end()
        fetching.link.client.is_away = True
        await asyncio.wait([loop], timeout=5)
        loop.cancel()
        for task in fetching.running.tasks.values():
            task.cancel()


async def test_what_a_claim_yields_is_started(caplog: Any) -> None:
    fetching = Fetching()
    fetching.scripts.claims = [reply(claimed("a"), claimed("b"))]
    async with looping(fetching):
        await eventually(lambda: fetching.begun == ["a", "b"])
    assert fetching.renewed >= 1


async def test_the_next_claim_is_sent_before_the_jobs_of_the_last_one_are_started() -> None:
    fetching = Fetching(max_jobs=100)
    late: asyncio.Future[ClaimReply] = asyncio.get_running_loop().create_future()
    fetching.scripts.claims = [reply(*several(50)), late]
    begun_when_sent: list[int] = []
    ask = fetching.scripts.claim

    async def noting(*args: Any, **kwargs: Any) -> ClaimReply:
        begun_when_sent.append(len(fetching.begun))
        return await ask(*args, **kwargs)

    fetching.scripts.claim = noting  # type: ignore[method-assign]
    async with looping(fetching):
        await eventually(lambda: len(fetching.begun) == 50)
        assert begun_when_sent == [0, 0]
        late.set_result(nothing())
        await eventually(lambda: len(fetching.scripts.claimed) == 2)
    assert fetching.limits()[:2] == [50, 50]


async def test_a_full_worker_claims_nothing_until_a_slot_is_free() -> None:
    fetching = Fetching(max_jobs=2)
    fetching.scripts.claims = [reply(*several(2))]
    async with looping(fetching):
        await eventually(lambda: len(fetching.begun) == 2)
        fetching.fetcher.look()
        for _ in range(20):
            await asyncio.sleep(0)
        assert fetching.limits() == [2]
        fetching.scripts.claims = [reply(claimed("job-2"))]
        fetching.end("job-0")
        await eventually(lambda: len(fetching.begun) == 3)
        assert fetching.limits()[:2] == [2, 1]


async def test_being_told_makes_it_claim_at_once() -> None:
    fetching = Fetching()
    fetching.scripts.claims = [reply(claimed("a"))]
    async with looping(fetching):
        await eventually(lambda: fetching.begun == ["a"])
        fetching.scripts.claims = [reply(claimed("b"))]
        fetching.fetcher.look()
        await eventually(lambda: fetching.begun == ["a", "b"])


async def test_a_worker_with_nothing_to_do_lets_its_next_claim_wait_at_redis() -> None:
    fetching = Fetching()
    waiting: asyncio.Future[ClaimReply] = asyncio.get_running_loop().create_future()
    fetching.scripts.claims = [nothing(), waiting]
    async with looping(fetching):
        await eventually(lambda: fetching.waits_at_redis)
        assert fetching.limits()[-1] == 1
        waiting.set_result(reply(claimed("a")))
        await eventually(lambda: fetching.begun == ["a"])
        # It was full of what it asked for: there may be more.
        await eventually(lambda: fetching.scripts.claimed[-1]["wait"] is None)


async def test_one_that_runs_something_does_not() -> None:
    fetching = Fetching()
    fetching.scripts.claims = [reply(claimed("a"))]
    async with looping(fetching):
        await eventually(lambda: fetching.begun == ["a"])
        for _ in range(20):
            await asyncio.sleep(0)
        assert not fetching.waits_at_redis
        fetching.end("a")
        await eventually(lambda: fetching.waits_at_redis)


async def test_a_claim_that_waits_is_called_back_and_what_was_heard_of_is_claimed_after_it() -> None:
    fetching = Fetching()
    waiting: asyncio.Future[ClaimReply] = asyncio.get_running_loop().create_future()
    fetching.scripts.claims = [nothing(), waiting, reply(claimed("a"))]
    async with looping(fetching):
        await eventually(lambda: fetching.waits_at_redis)
        fetching.fetcher.look()
        await eventually(lambda: fetching.link.client.poked)
        # In vain: another worker took the job that this one was heard of for, or it came too early.
        waiting.set_result(nothing())
        await eventually(lambda: fetching.begun == ["a"])


async def test_where_redis_cannot_be_told_the_claim_that_waits_is_given_up() -> None:
    fetching = Fetching()
    async with looping(fetching):
        await eventually(lambda: fetching.waits_at_redis)
        fetching.link.client.is_away = True
        fetching.scripts.claims = [reply(claimed("a"))]
        fetching.fetcher.look()
        await eventually(lambda: fetching.begun == ["a"])
    assert len(fetching.scripts.recovered) == 1


async def test_where_no_claim_may_wait_it_does_not_try_again(caplog: Any) -> None:
    fetching = Fetching()
    fetching.scripts.claims = [nothing(), NoPermissionError("blpop"), nothing()]
    async with looping(fetching):
        await eventually(lambda: len(fetching.scripts.claimed) == 3)
        for _ in range(20):
            await asyncio.sleep(0)
        assert not fetching.waits_at_redis
    assert caplog.text.count("no claim can wait at this redis") == 1


async def test_a_claim_whose_reply_never_came_is_handed_back_before_the_next_one() -> None:
    fetching = Fetching()
    fetching.scripts.claims = [reply(claimed("a")), ConnectionError(), reply(claimed("b"))]
    async with looping(fetching):
        await eventually(lambda: fetching.begun == ["a"])
        fetching.fetcher.look()
        await eventually(lambda: fetching.begun == ["a", "b"])
    assert fetching.scripts.recovered == [["a"]]


async def test_a_claim_under_way_is_carried_through_when_the_loop_ends() -> None:
    fetching = Fetching()
    late: asyncio.Future[ClaimReply] = asyncio.get_running_loop().create_future()
    fetching.scripts.claims = [late]
    async with looping(fetching):
        await eventually(lambda: fetching.scripts.claimed)
        fetching.fetcher.end()
        late.set_result(reply(claimed("a")))
        await fetching.fetcher.wait()
        assert fetching.begun == ["a"]


async def test_what_is_asked_for_after_a_claim_comes_when_its_jobs_are_started() -> None:
    fetching = Fetching()
    late: asyncio.Future[ClaimReply] = asyncio.get_running_loop().create_future()
    fetching.scripts.claims = [late]
    seen: list[list[str]] = []
    async with looping(fetching):
        fetching.fetcher.after_claim(lambda: seen.append([]))
        await eventually(lambda: fetching.scripts.claimed)
        fetching.fetcher.after_claim(lambda: seen.append(list(fetching.begun)))
        late.set_result(reply(claimed("a")))
        await eventually(lambda: seen)
    assert seen == [["a"]]


async def test_jobs_whose_leases_have_lapsed_meanwhile_are_not_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fetching = Fetching()
    moments = iter([0.0, 100.0])
    monkeypatch.setattr("arqlight.worker.fetcher.monotonic", lambda: next(moments, 100.0))
    fetching.scripts.claims = [reply(claimed("a"))]
    await fetching.fetcher.fetch()
    assert fetching.begun == []
    await fetching.fetcher.fetch()
    assert len(fetching.scripts.recovered) == 1


async def test_a_burst_starts_no_more_than_it_may() -> None:
    fetching = Fetching(max_jobs=100)
    fetching.running.burst, fetching.running.max_burst_jobs = True, 3
    fetching.scripts.claims = [reply(*several(3))]
    await fetching.fetcher.fetch(ahead=True)
    fetching.fetcher.look()
    await fetching.fetcher.fetch(ahead=True)
    assert fetching.limits() == [3]
    for task in fetching.running.tasks.values():
        task.cancel()
