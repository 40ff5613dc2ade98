"""What an abort answers and leaves, in each state of a job."""

import pytest
from arq.connections import ArqRedis

from arqlight import JobRequest, Queue, keys
from tests.redis.lease import QUEUE, Player, kinds

MARKS = (keys.aborts(QUEUE), keys.ARQ_ABORTS)


@pytest.mark.parametrize("defer_by", [None, 60])
async def test_a_waiting_job_ends_here_and_now(defer_by: int | None, queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job", _defer_by=defer_by)
    assert await queue.abort("job", wait=0) == "aborted"
    assert await kinds(queue, "job") == ["enqueued", "aborted"]
    assert await queue.redis.exists(QUEUE, keys.JOB_PREFIX + "job", *MARKS) == 0
    assert await Player(queue).claim() == []
    assert await queue.redis.hgetall(keys.counters(QUEUE)) == {b"aborted": b"1"}  # type: ignore[misc]


@pytest.mark.parametrize("holder", ["ours", "arq"])
async def test_a_running_job_is_marked(holder: str, queue: Queue, redis: ArqRedis) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    job = await player.claim_one("job")
    if holder == "arq":
        await redis.psetex(keys.IN_PROGRESS_PREFIX + "job", 60_000, "1")
    assert await queue.abort("job", wait=0) == "requested"
    assert [await redis.zscore(mark, "job") is not None for mark in MARKS] == [True, True]
    assert await redis.ttl(keys.aborts(QUEUE)) > 0
    if holder == "ours":
        assert await player.beat(job) == ([], ["job"])
        await player.finish(job)
        assert await redis.exists(*MARKS) == 0


async def test_a_complete_and_an_unknown_job_are_left_alone(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    await player.finish(await player.claim_one("job"))
    assert await queue.abort("job") == "finished"
    assert await queue.abort("other") == "unknown"
    assert await queue.redis.exists(*MARKS) == 0
    assert await kinds(queue, "other") == []


async def test_enqueueing_clears_what_was_left_of_an_earlier_job(queue: Queue, redis: ArqRedis) -> None:
    await redis.zadd(keys.aborts(QUEUE), {"job": 1})
    await redis.zadd(keys.ARQ_ABORTS, {"job": 4_000_000_000_000})
    await redis.hset(keys.running(QUEUE), "job", "host-9-z:3")  # type: ignore[misc]
    await queue.enqueue("nap", _job_id="job")
    assert await redis.exists(*MARKS, keys.running(QUEUE)) == 0


@pytest.mark.parametrize("kept", ["record", "result"])
async def test_a_taken_id_is_refused_and_nothing_changes(kept: str, queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    if kept == "result":
        await player.finish(await player.claim_one("job"))
    before = await kinds(queue, "job")
    assert await queue.enqueue("nap", _job_id="job") is None
    assert await kinds(queue, "job") == before
    assert await queue.redis.zcard(QUEUE) == (1 if kept == "record" else 0)


@pytest.mark.parametrize("since", ["held", "lost"])
async def test_progress_and_notes_are_fenced(since: str, queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    job = await player.claim_one("job")
    if since == "lost":
        await player.let_lapse(job)
        await Player(queue, "host-2-b").claim_one("job")
    scripts = queue.redis.scripts
    before = await kinds(queue, "job")

    recorded = await scripts.progress(QUEUE, [("job", job.holder, '{"fraction":0.5}')], expiry_ms=5000)
    await scripts.note(QUEUE, "job", holder=job.holder, event="abort_ignored", data="{}")

    assert recorded == (1 if since == "held" else 0)
    expected = ["progress", "abort_ignored"] if since == "held" else []
    assert (await kinds(queue, "job"))[len(before) :] == expected
    assert await queue.redis.exists(keys.PROGRESS_PREFIX + "job") == recorded


async def test_a_log_of_0_events_is_off_and_all_else_works(queue: Queue) -> None:
    queue.redis.log_cap = 0
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    job = await player.claim_one("job")
    assert await player.beat(job) == ([], [])
    assert await player.finish(job) == []
    await queue.enqueue("nap", _job_id="waiting")
    assert await queue.abort("waiting") == "aborted"
    assert await queue.redis.exists(keys.EVENTS) == 0


async def test_the_log_is_capped(redis_url: str) -> None:
    async with Queue.connect(redis_url, log_cap=100) as queue:
        for n in range(30):
            await queue.enqueue_many([JobRequest("nap", job_id=f"job-{n}-{i}") for i in range(100)])
        assert await queue.redis.xlen(keys.EVENTS) < 400
