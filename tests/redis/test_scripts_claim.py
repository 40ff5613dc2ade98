"""What a claim takes and what it leaves."""

import time

import pytest
from arq.connections import ArqRedis

from arqlight import JobRequest, Queue, keys
from arqlight.scripts import Claimed
from tests.redis.lease import QUEUE, Player, kinds, log


async def test_a_claim_takes_the_lease_counts_the_try_and_tells(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue, lease_ms=5000)
    (job,) = await player.claim()

    assert await player.state("job") | {"score": None} == {
        "holder": job.holder,
        "tries": "1",
        "runner": "host-1-a:1",
        "score": None,
    }
    assert 4000 < await queue.redis.pttl(keys.IN_PROGRESS_PREFIX + "job") <= 5000
    assert (await log(queue, "job"))[1:] == [{"event": "started", "job_try": 1, "worker_id": "host-1-a"}]


async def test_a_claim_takes_no_more_than_its_limit_and_in_the_queues_order(queue: Queue) -> None:
    await queue.enqueue_many([JobRequest("nap", job_id=f"job-{n}") for n in range(20)])
    player = Player(queue)
    assert [job.job_id for job in await player.claim(7)] == [f"job-{n}" for n in range(7)]
    assert [job.job_id for job in await player.claim(100)] == [f"job-{n}" for n in range(7, 20)]
    assert await player.claim(100) == []


async def test_a_job_that_is_not_due_is_left(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job", _defer_by=3600)
    player = Player(queue)
    assert await player.claim() == []
    assert await player.claim(job_ids=["job"]) == []
    reply = await queue.redis.scripts.claim(QUEUE, worker_id="w", token=1, lease_ms=1000, limit=1)
    assert reply.next_due_ms is not None
    assert abs(reply.next_due_ms - reply.now_ms - 3_600_000) < 10_000


async def test_a_job_that_another_holds_is_left(queue: Queue, redis: ArqRedis) -> None:
    for n in range(3):
        await queue.enqueue("nap", _job_id=f"job-{n}")
    await redis.psetex(keys.IN_PROGRESS_PREFIX + "job-0", 60_000, "1")
    await Player(queue, "host-2-b").claim_one("job-1")
    assert [job.job_id for job in await Player(queue).claim()] == ["job-2"]
    assert await Player(queue).claim(job_ids=["job-0", "job-1", "job-2", "no such"]) == []


async def test_a_lapsed_lease_is_taken_over_and_the_lost_try_told(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    first, second = Player(queue), Player(queue, "host-2-b")
    await first.let_lapse(await first.claim_one("job"))
    job = await second.claim_one("job")

    assert (job.job_try, job.lost_by) == (2, "host-1-a")
    assert (await log(queue, "job"))[2:] == [
        {"event": "lost", "job_try": 1, "worker_id": "host-1-a"},
        {"event": "started", "job_try": 2, "worker_id": "host-2-b"},
    ]


@pytest.mark.parametrize("how", ["retried", "finished"])
async def test_a_try_that_plain_arq_took_over_is_not_told_as_lost_later(
    how: str, queue: Queue, redis: ArqRedis
) -> None:
    """Plain arq cannot tell that our worker lost it; nor may what comes after plain arq's try seem lost."""
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    await player.let_lapse(await player.claim_one("job"))
    if how == "retried":
        await redis.incr(keys.RETRY_PREFIX + "job")
    else:
        await redis.delete(keys.RETRY_PREFIX + "job", keys.JOB_PREFIX + "job")
        await redis.zrem(QUEUE, "job")
        assert await redis.enqueue_job("nap", _job_id="job")
    job = await Player(queue, "host-2-b").claim_one("job")
    assert job.lost_by == ""
    assert "lost" not in await kinds(queue, "job")


async def claim_raw(queue: Queue) -> Claimed:
    scripts = queue.redis.scripts
    reply = await scripts.claim(QUEUE, worker_id="host-1-a", token=0, lease_ms=60_000, limit=1)
    (job,) = reply.jobs
    return job


async def lose(queue: Queue) -> None:
    """Let the lease of the job lapse."""
    await queue.redis.delete(keys.IN_PROGRESS_PREFIX + "job")
    await queue.redis.zadd(QUEUE, {"job": 1})


async def test_lost_tries_are_counted_until_the_job_ends(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    seen = []
    for _ in range(3):
        job = await claim_raw(queue)
        seen.append((job.job_try, job.lost_by, job.lost_tries, job.was_alone))
        await lose(queue)
    assert seen == [(1, "", 0, False), (2, "host-1-a", 1, False), (3, "host-1-a", 2, False)]

    player = Player(queue)
    await player.reschedule(await player.claim_one("job"))
    job = await claim_raw(queue)
    assert (job.job_try, job.lost_by, job.lost_tries) == (5, "", 3)
    await lose(queue)
    assert await player.finish(await player.claim_one("job")) == []
    assert await queue.redis.exists(keys.lost("job")) == 0


async def test_whether_a_lost_try_ran_alone_is_told_once(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    await claim_raw(queue)
    await lose(queue)
    await claim_raw(queue)
    await queue.redis.set(keys.lost("job"), "1 alone", ex=60)
    await lose(queue)
    job = await claim_raw(queue)
    assert (job.lost_tries, job.was_alone) == (2, True)
    player = Player(queue)
    await lose(queue)
    await player.reschedule(await player.claim_one("job"))
    job = await claim_raw(queue)
    assert (job.lost_tries, job.was_alone) == (3, False)
    assert await queue.redis.get(keys.lost("job")) == b"3"


@pytest.mark.parametrize("noted", ["", "none", "-1", "1" * 400, "nan alone"])
async def test_a_count_that_is_none_begins_anew(noted: str, queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    await claim_raw(queue)
    await lose(queue)
    await claim_raw(queue)
    await queue.redis.set(keys.lost("job"), noted)
    await lose(queue)
    assert (await claim_raw(queue)).lost_tries == 1
    assert await queue.redis.ttl(keys.lost("job")) > 0


async def test_losses_of_an_earlier_job_of_the_same_id_do_not_count(queue: Queue) -> None:
    await queue.redis.set(keys.lost("job"), "7 alone", ex=60)
    await queue.enqueue("nap", _job_id="job")
    assert (await claim_raw(queue)).lost_tries == 0
    await lose(queue)
    job = await claim_raw(queue)
    assert (job.lost_tries, job.was_alone) == (1, False)


async def test_a_claim_in_vain_asks_for_a_wake_and_a_full_one_does_not(queue: Queue) -> None:
    player = Player(queue)
    await queue.enqueue("nap", _job_id="job")
    await player.claim(1)
    assert await queue.redis.exists(keys.idle(QUEUE)) == 0
    await player.claim(1)
    assert await queue.redis.exists(keys.idle(QUEUE)) == 1


async def test_enqueueing_wakes_once_until_it_is_asked_for_again(queue: Queue) -> None:
    async with queue.redis.pubsub() as pubsub:
        await pubsub.subscribe(keys.wake(QUEUE))
        await Player(queue).claim(1)
        for n in range(3):
            await queue.enqueue("nap", _job_id=f"job-{n}")
        heard = []
        while message := await pubsub.get_message(timeout=0.3):
            heard.append((message["type"], message["data"]))
    assert heard == [("subscribe", 1), ("message", b"wake")]


async def test_jobs_that_plain_arq_runs_are_passed_over_from_where_the_last_claim_ended(
    queue: Queue, redis: ArqRedis
) -> None:
    """Also when all of them share a score, so that no score lies between the seen and the unseen."""
    now_ms = int(time.time() * 1000) - 10_000
    ids = [f"arq-{n:04}" for n in range(4500)]
    await redis.zadd(QUEUE, dict.fromkeys(ids, now_ms))
    async with redis.pipeline(transaction=False) as pipe:
        for job_id in ids:
            pipe.set(keys.IN_PROGRESS_PREFIX + job_id, "1")
        await pipe.execute()
    await queue.enqueue("nap", _job_id="job")

    floor, claims = "-inf 0", 0
    found: list[str] = []
    while not found:
        reply = await queue.redis.scripts.claim(
            QUEUE, worker_id="w", token=1, lease_ms=60_000, limit=5, floor=floor
        )
        floor, found, claims = reply.floor, [job.job_id for job in reply.jobs], claims + 1
        if not found:
            # There is more to look at.
            assert reply.next_due_ms == reply.now_ms
        assert claims < 10
    assert found == ["job"]
    assert claims > 1


async def test_an_expired_job_is_handed_out_without_a_record_and_without_a_start(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    await queue.redis.delete(keys.JOB_PREFIX + "job")
    reply = await queue.redis.scripts.claim(QUEUE, worker_id="w", token=1, lease_ms=60_000, limit=5)
    assert [(job.job_id, job.record) for job in reply.jobs] == [("job", b"")]
    assert await kinds(queue, "job") == ["enqueued"]


async def test_a_mark_of_an_earlier_job_is_gone_once_a_new_one_is_claimed(
    queue: Queue, redis: ArqRedis
) -> None:
    await redis.enqueue_job("nap", _job_id="job")
    await redis.zadd(keys.aborts(QUEUE), {"job": 1})
    player = Player(queue)
    assert await player.beat(await player.claim_one("job")) == ([], [])


async def test_a_mark_outlives_the_worker_that_should_have_heeded_it(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    first, second = Player(queue), Player(queue, "host-2-b")
    job = await first.claim_one("job")
    assert await queue.abort("job", wait=0) == "requested"
    await first.let_lapse(job)
    assert await second.beat(await second.claim_one("job")) == ([], ["job"])


async def test_a_job_behind_many_cron_slots_that_are_over_is_found(queue: Queue, redis: ArqRedis) -> None:
    """They are removed while the queue is read, page by page."""
    for n in range(11):
        await redis.set(f"{keys.IN_PROGRESS_PREFIX}slot-{n}", "done")
        await redis.zadd(QUEUE, {f"slot-{n}": 1000 + n})
    await queue.enqueue("nap", _job_id="job")
    assert [job.job_id for job in await Player(queue).claim(1)] == ["job"]


async def test_what_is_no_text_is_removed_and_the_others_are_claimed(queue: Queue, redis: ArqRedis) -> None:
    await redis.zadd(QUEUE, {b"\xff\xfe": 1000})
    await queue.enqueue("nap", _job_id="job")
    assert [job.job_id for job in await Player(queue).claim()] == ["job"]
    assert await redis.zscore(QUEUE, b"\xff\xfe") is None


async def test_a_score_without_an_end_is_as_good_as_long_ago(queue: Queue, redis: ArqRedis) -> None:
    await queue.enqueue("nap", _job_id="job")
    await redis.zadd(QUEUE, {"job": "-inf"})
    reply = await queue.redis.scripts.claim(QUEUE, worker_id="w", token=1, lease_ms=1000, limit=1)
    assert [(job.job_id, job.score) for job in reply.jobs] == [("job", 0.0)]
