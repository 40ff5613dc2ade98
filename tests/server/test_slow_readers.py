import asyncio
from contextlib import ExitStack

from arq.connections import ArqRedis

from arqlight import Queue
from tests.helpers import eventually
from tests.server.conftest import Serve
from tests.server.serving import flood, hub_is_reading, stalled_reader, watching

MEGABYTE = 1_000_000


async def test_clients_that_read_nothing_cost_bounded_memory_and_delay_nobody(
    serve: Serve, redis: ArqRedis, queue: Queue
) -> None:
    web = serve()
    async with watching(web.url, job="mine") as events:
        with ExitStack() as stalled:
            for _ in range(10):
                stalled.enter_context(stalled_reader(web.url))
            await flood(redis, megabytes=10)
            after_some = web.memory()
            for _ in range(3):
                await flood(redis, megabytes=10)
                await queue.enqueue("echo", _job_id="mine")
                async with asyncio.timeout(10):
                    await events.until(lambda r: r.event == "enqueued")
                await redis.delete("arq:job:mine")
            assert web.memory() - after_some < 15 * MEGABYTE


async def test_a_client_that_falls_behind_learns_that_it_missed_something_and_never_just_misses_it(
    serve: Serve, redis: ArqRedis
) -> None:
    web = serve()
    async with watching(web.url) as events:
        last = await flood(redis, megabytes=20)
        while not events.seen or events.seen[-1].id != last:
            await events.next()
    ids = [received.id for received in events.seen]
    assert ids == sorted(ids, key=lambda i: tuple(map(int, i.split("-"))))
    resets = [received for received in events.seen if received.event == "reset"]
    assert len(events.seen) == 20_000 or resets


async def test_a_vanished_client_is_forgotten(serve: Serve, redis: ArqRedis) -> None:
    web = serve()

    async def nobody_reads() -> bool:
        return not await hub_is_reading(redis)

    with stalled_reader(web.url):
        await eventually(lambda: hub_is_reading(redis))
    await eventually(nobody_reads)
