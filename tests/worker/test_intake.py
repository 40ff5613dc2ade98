"""A wake at the wrong moment: no more jobs at once than asked for, no claim that nobody knows of."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from arqlight import Queue, RedisSettings, Worker, func
from arqlight.redis import LightRedis
from tests.helpers import eventually

POLL_S = 0.05


class Counting:
    """A job that notes how many of it run at once."""

    def __init__(self) -> None:
        self.now = self.most = self.ended = 0

    async def __call__(self, ctx: dict[Any, Any]) -> None:
        """Take a while."""
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.05)
        self.now -= 1
        self.ended += 1


@asynccontextmanager
async def working(redis_url: str, counting: Counting, **options: Any) -> AsyncIterator[Worker]:
    """A worker in this process, closed at the end."""

    async def count(ctx: dict[Any, Any]) -> None:
        await counting(ctx)

    worker = Worker(
        [func(count, name="count")],
        redis_settings=RedisSettings.from_dsn(redis_url),
        poll_delay=POLL_S,
        handle_signals=False,
        **options,
    )
    main = worker.main_task = asyncio.create_task(worker.main())
    try:
        yield worker
    finally:
        await worker.close()
        await asyncio.wait([main])


def asked_late(worker: Worker, meanwhile: Callable[[], Any]) -> None:
    """Have something happen while the worker asks whether there is anything to claim."""
    ask = worker._claimer.is_worthwhile

    async def ask_late(redis: LightRedis) -> bool:
        await meanwhile()
        answer = await ask(redis)
        # Long enough for a wake to be heard.
        await asyncio.sleep(0.01)
        return answer

    worker._claimer.is_worthwhile = ask_late  # type: ignore[method-assign]


async def test_a_wake_while_the_worker_looks_does_not_make_it_claim_twice(
    redis_url: str, queue: Queue
) -> None:
    counting = Counting()
    enqueued = 0

    async def enqueue_two() -> None:
        nonlocal enqueued
        if enqueued < 20:
            for _ in range(2):
                await queue.enqueue("count")
            enqueued += 2

    async with working(redis_url, counting, max_jobs=1) as worker:
        await eventually(lambda: worker.is_looping)
        asked_late(worker, enqueue_two)
        await eventually(lambda: counting.ended == 20, 20)
    assert counting.most == 1


async def test_the_main_loop_alone_claims_for_a_burst(redis_url: str, queue: Queue) -> None:
    """Else the burst could end while a claim is under way that it does not know of."""
    counting = Counting()
    await queue.enqueue("count")
    async with working(redis_url, counting, burst=True) as worker:
        await eventually(lambda: counting.now == 1)
        assert not worker._intake.take_now()


async def test_a_full_worker_claims_nothing_when_woken(redis_url: str, queue: Queue) -> None:
    counting = Counting()
    async with working(redis_url, counting, max_jobs=1) as worker:
        await queue.enqueue("count")
        await eventually(lambda: counting.now == 1)
        assert not worker._intake.take_now()


async def test_a_worker_closed_while_redis_is_away_can_run_again(redis_url: str, queue: Queue) -> None:
    """Its claim waited at Redis, and could not be called back."""
    counting = Counting()
    async with working(redis_url, counting) as worker:
        await eventually(lambda: worker._intake._armed is not None)
        poke = worker._intake._poke

        async def fail() -> None:
            raise ConnectionError

        worker._intake._poke = fail  # type: ignore[method-assign]
        await worker.close()
        worker._intake._poke = poke  # type: ignore[method-assign]
        worker.main_task = again = asyncio.create_task(worker.main())
        await queue.enqueue("count")
        await eventually(lambda: counting.ended == 1)
    await asyncio.wait([again])


async def test_a_wake_that_an_armed_worker_hears_is_not_lost_when_its_claim_was_in_vain(
    redis_url: str, queue: Queue
) -> None:
    counting = Counting()
    async with working(redis_url, counting) as worker:
        intake = worker._intake
        await eventually(lambda: intake._armed is not None)
        heard = asyncio.Event()
        assert intake.leave_to_armed(otherwise=heard.set)
        await intake.disarm()
        async with asyncio.timeout(1):
            await heard.wait()
