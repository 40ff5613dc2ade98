"""Thousands of running jobs, ours or a plain arq worker's, do not keep waiting ones from being claimed."""

import time
from collections.abc import Sequence

import pytest
from arq.connections import ArqRedis

from arqlight import JobRequest, Queue
from tests.worker.conftest import Start
from tests.worker.log import until_complete
from tests.worker.notes import Notes

RUNNING = 10_000
ROUNDS = 5


async def pretend_arq_runs(redis: ArqRedis, count: int, *, one_moment: bool) -> list[str]:
    """Queue entries as they are while a plain arq worker runs their jobs."""
    ids = [f"arq-{n:05}" for n in range(count)]
    before_ms = int(time.time() * 1000) - 100_000
    for first in range(0, count, 1000):
        async with redis.pipeline(transaction=False) as pipe:
            scores = {
                id_: before_ms + (0 if one_moment else first + n) for n, id_ in enumerate(ids[first:][:1000])
            }
            pipe.zadd("arq:queue", scores)
            for id_ in scores:
                pipe.set(f"arq:in-progress:{id_}", "1", ex=300)
            await pipe.execute()
    return ids


async def script_us(queue: Queue, commands: Sequence[str] = ("evalsha", "zrangebyscore")) -> float:
    """Microseconds that the server spent on what a worker asks to get a job."""
    stats = await queue.redis.info("commandstats")
    return float(sum(stats.get(f"cmdstat_{name}", {"usec": 0})["usec"] for name in commands))


@pytest.mark.parametrize("one_moment", [False, True], ids=["one after another", "enqueued at once"])
@pytest.mark.parametrize("poll_delay", [0.01, 0.5])
async def test_10_000_jobs_on_plain_arq_workers_do_not_keep_one_from_being_claimed(
    *, one_moment: bool, poll_delay: float, queue: Queue, start: Start, notes: Notes
) -> None:
    await pretend_arq_runs(queue.redis, RUNNING, one_moment=one_moment)
    start(poll_delay=poll_delay, max_jobs=10)

    for n in range(ROUNDS):
        await queue.enqueue("quick", n, _job_id=f"job-{n}")
        asked_at = time.monotonic()
        (began,) = await notes.until(job_id=f"job-{n}")
        assert began.at - asked_at < 1.5
    await until_complete(queue, *[f"job-{n}" for n in range(ROUNDS)])
    assert await queue.redis.zcard("arq:queue") == RUNNING


async def test_all_jobs_behind_those_of_plain_arq_workers_run(
    queue: Queue, start: Start, notes: Notes
) -> None:
    await pretend_arq_runs(queue.redis, RUNNING, one_moment=True)
    await queue.enqueue_many([JobRequest("quick", (n,), job_id=f"job-{n}") for n in range(1000)])
    start(max_jobs=20)
    jobs = await until_complete(queue, *[f"job-{n}" for n in range(1000)])
    assert {job.job_try for job in jobs} == {1}


async def test_a_job_that_plain_arq_gives_back_is_claimed_wherever_it_stands(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """The worker knows the head to be arq's; one of those jobs becomes free."""
    ids = await pretend_arq_runs(queue.redis, RUNNING, one_moment=True)
    start(max_jobs=10)
    await queue.enqueue("quick", _job_id="first")
    await until_complete(queue, "first")

    for id_ in (ids[0], ids[5000]):
        await queue.redis.delete(f"arq:in-progress:{id_}")
        (job,) = await until_complete(queue, id_)
        assert job.outcome == "expired"


async def test_10_000_jobs_on_our_workers_do_not_slow_a_claim_down(queue: Queue, redis_url: str) -> None:
    """Counted by what the server spends on a claim, with none running and with 10,000."""

    async def claim_us(worker_id: str) -> float:
        """The median over many claims of one job each."""
        spent = []
        for n in range(21):
            await queue.enqueue("quick", _job_id=f"{worker_id}-{n}")
            before = await script_us(queue, ["evalsha"])
            reply = await queue.redis.scripts.claim(
                "arq:queue", worker_id=worker_id, token=n, lease_ms=600_000, limit=1
            )
            spent.append(await script_us(queue, ["evalsha"]) - before)
            assert [job.job_id for job in reply.jobs] == [f"{worker_id}-{n}"]
        return sorted(spent)[10]

    alone_us = await claim_us("alone")
    await queue.enqueue_many([JobRequest("quick", job_id=f"running-{n}") for n in range(RUNNING)])
    for n in range(RUNNING // 500):
        await queue.redis.scripts.claim("arq:queue", worker_id="busy", token=n, lease_ms=600_000, limit=500)
    among_many_us = await claim_us("among")

    assert await queue.redis.zcard("arq:queue") == RUNNING + 42
    assert among_many_us < 3 * alone_us + 50
