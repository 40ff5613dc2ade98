"""A claim whose reply was lost: what the worker never learned of is given back."""

import pytest

from arqlight import Queue, keys
from tests.redis.lease import QUEUE, Player, kinds


async def test_what_a_worker_does_not_know_of_is_given_back_uncharged(queue: Queue) -> None:
    for n in range(4):
        await queue.enqueue("nap", _job_id=f"job-{n}")
    player, other = Player(queue), Player(queue, "host-2-b")
    known, unknown = await player.claim_one("job-0"), await player.claim_one("job-1")
    others = await other.claim_one("job-2")

    assert await player.recover("job-0") == 1

    assert await kinds(queue, "job-1") == ["enqueued", "started", "released"]
    assert (await player.state("job-0"))["holder"] == known.holder
    assert (await player.state("job-2"))["holder"] == others.holder
    assert (await player.state("job-1"))["runner"] is None
    assert (await other.claim_one("job-1")).job_try == unknown.job_try
    assert await player.recover("job-0") == 0


async def test_a_lease_that_lapsed_meanwhile_is_given_back_uncharged_too(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    await player.let_lapse(await player.claim_one("job"))
    assert await player.recover() == 1
    job = await Player(queue, "host-2-b").claim_one("job")
    assert (job.job_try, job.lost_by) == (1, "")
    assert await kinds(queue, "job") == ["enqueued", "started", "released", "started"]


@pytest.mark.parametrize("by", ["arqlight", "arq"])
async def test_what_another_took_over_is_not_given_back(by: str, queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    await player.let_lapse(await player.claim_one("job"))
    if by == "arq":
        await queue.redis.psetex(keys.IN_PROGRESS_PREFIX + "job", 60_000, "1")
        await queue.redis.incr(keys.RETRY_PREFIX + "job")
    else:
        await Player(queue, "host-2-b").claim_one("job")
    before = await player.state("job")
    assert await player.recover() == 0
    assert await player.state("job") | {"runner": None} == before | {"runner": None}


async def test_what_was_finished_is_not_given_back(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    await player.finish(await player.claim_one("job"))
    assert await player.recover() == 0
    assert await queue.redis.exists(QUEUE, keys.RETRY_PREFIX + "job", keys.running(QUEUE)) == 0


async def test_giving_back_wakes_the_idle(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    await player.claim_one("job")
    async with queue.redis.pubsub() as pubsub:
        await pubsub.subscribe(keys.wake(QUEUE))
        await Player(queue, "host-2-b").claim()
        await player.recover()
        heard = [await pubsub.get_message(timeout=2) for _ in range(2)]
    assert [message and message["data"] for message in heard] == [1, b"wake"]
