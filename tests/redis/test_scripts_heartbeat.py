"""What a heartbeat does beside renewing leases: it publishes the worker, and sweeps what plain arq left."""

import time

from arqlight import JobRequest, Queue, keys
from tests.redis.lease import QUEUE, Player


async def test_jobs_that_plain_arq_took_over_and_ended_are_swept_out(queue: Queue) -> None:
    player, dead = Player(queue), Player(queue, "host-9-z")
    await queue.enqueue_many([JobRequest("nap", job_id=f"job-{n}") for n in range(60)])
    alive = await player.claim(30)
    for job in await dead.claim(30):
        # Its lease lapsed, plain arq ran it: what that clears.
        await queue.redis.delete(
            *(prefix + job.job_id for prefix in ("arq:in-progress:", "arq:retry:", "arq:job:"))
        )
        await queue.redis.zrem(QUEUE, job.job_id)

    for _ in range(400):
        await player.beat(*alive)
    assert set(await queue.redis.hkeys(keys.running(QUEUE))) == {job.job_id.encode() for job in alive}  # type: ignore[misc]


async def test_marks_of_aborts_are_forgotten_after_an_hour(queue: Queue) -> None:
    now_ms = int(time.time() * 1000)
    marks = {"old": now_ms - 3_700_000, "new": now_ms - 60_000}
    await queue.redis.zadd(keys.aborts(QUEUE), marks)
    await Player(queue).beat()
    assert await queue.redis.zrange(keys.aborts(QUEUE), 0, -1) == [b"new"]


async def test_workers_whose_time_is_over_leave_the_index(queue: Queue) -> None:
    await queue.redis.zadd(keys.WORKERS, {"gone": 1})
    await Player(queue).beat()
    assert await queue.redis.zrange(keys.WORKERS, 0, -1) == [b"host-1-a"]
    assert 0 < await queue.redis.pttl(keys.WORKERS) <= 60_000
    assert 0 < await queue.redis.pttl(keys.worker("host-1-a")) <= 60_000


async def test_a_running_jobs_record_and_tries_stay_as_long_as_it_runs(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job", _expires=5)
    player = Player(queue)
    job = await player.claim_one("job")
    kept = (keys.JOB_PREFIX + "job", keys.RETRY_PREFIX + "job")
    assert all([await queue.redis.ttl(key) > 80_000 for key in kept])
    for key in kept:
        await queue.redis.expire(key, 10)
    await player.beat(job)
    assert all([await queue.redis.ttl(key) > 80_000 for key in kept])
