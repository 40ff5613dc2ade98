"""A Redis that has no memory left (``maxmemory``, ``noeviction``): leases are kept, nothing is claimed."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from redis.exceptions import OutOfMemoryError

from arqlight import Queue, keys
from tests.redis.lease import QUEUE, Player, kinds
from tests.servers import Valkey


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with Valkey(maxmemory_policy="noeviction") as server:
        yield server


@pytest_asyncio.fixture
async def queue(server: Valkey) -> AsyncIterator[Queue]:
    async with Queue.connect(server.url) as queue:
        await queue.redis.config_set("maxmemory", "0")
        await queue.redis.flushall()
        yield queue


async def fill(queue: Queue) -> None:
    """From now on commands that need memory are refused."""
    await queue.redis.config_set("maxmemory", "1")
    with pytest.raises(OutOfMemoryError):
        await queue.redis.set("something", "more")


async def everything(queue: Queue) -> dict[bytes, bytes | None]:
    return {key: await queue.redis.dump(key) for key in await queue.redis.keys("*")}


async def test_leases_are_kept(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    job = await player.claim_one("job")
    await queue.redis.pexpire(keys.IN_PROGRESS_PREFIX + "job", 1000)
    await fill(queue)

    assert await player.beat(job) == ([], [])

    assert await queue.redis.pttl(keys.IN_PROGRESS_PREFIX + "job") > 50_000
    assert await queue.redis.exists(keys.worker(player.worker_id)) == 1


async def test_the_first_heartbeat_of_an_idle_worker_gets_through(queue: Queue) -> None:
    await fill(queue)
    assert await Player(queue).beat() == ([], [])
    assert await queue.redis.exists(keys.worker("host-1-a")) == 1


async def test_nothing_is_claimed_and_nothing_changes(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    await queue.redis.zadd(QUEUE, {b"\xff": 1, b"slot": 2})
    await queue.redis.set(keys.IN_PROGRESS_PREFIX + "slot", "done")
    await fill(queue)
    before = await everything(queue)
    with pytest.raises(OutOfMemoryError):
        await Player(queue).claim()
    with pytest.raises(OutOfMemoryError):
        await Player(queue).claim(job_ids=["job"])
    assert await everything(queue) == before


async def test_a_running_job_is_handed_back(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    job = await player.claim_one("job")
    await fill(queue)
    assert await player.reschedule(job, released=True) == []
    assert await kinds(queue, "job") == ["enqueued", "started", "released"]
    assert (await player.state("job"))["holder"] is None


async def test_an_end_is_refused_whole_and_written_later(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    job = await player.claim_one("job")
    await fill(queue)
    before = await everything(queue)
    for record in (b"a result", b""):
        with pytest.raises(OutOfMemoryError):
            await player.finish(job, record=record)
    assert await everything(queue) == before
    await queue.redis.config_set("maxmemory", "0")
    assert await player.finish(job) == []
