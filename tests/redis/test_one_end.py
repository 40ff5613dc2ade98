"""A job ends once: whatever comes back of it afterwards ends it no second time."""

import pytest
from arq.constants import abort_jobs_ss
from arq.jobs import Job as ArqJob

from arqlight import Queue, keys
from arqlight.models import FINAL_EVENTS
from tests.redis.lease import QUEUE, RESULT, Held, Player, kinds

JOB = "job"


async def claimed(queue: Queue) -> tuple[Player, Held]:
    await queue.enqueue("nap", _job_id=JOB)
    player = Player(queue)
    return player, await player.claim_one(JOB)


async def ends(queue: Queue) -> list[str]:
    return [kind for kind in await kinds(queue, JOB) if kind in FINAL_EVENTS]


async def come_back(queue: Queue) -> None:
    """What plain arq's ``Job.abort`` writes of a job that it saw running, and that has ended meanwhile."""
    await queue.redis.zadd(QUEUE, {JOB: 1})
    await queue.redis.zadd(abort_jobs_ss, {JOB: 4_000_000_000_000})


@pytest.mark.parametrize("record", [RESULT, b""], ids=["kept", "unkept"])
async def test_an_id_that_comes_back_after_the_end_is_dropped(record: bytes, queue: Queue) -> None:
    player, job = await claimed(queue)
    await player.finish(job, record=record)
    await come_back(queue)

    assert await player.claim() == []

    assert await ends(queue) == ["succeeded"]
    assert await queue.redis.zcard(QUEUE) == 0
    assert await queue.redis.get(keys.result(JOB)) == (record or None)
    assert await queue.redis.exists(keys.RETRY_PREFIX + JOB, keys.IN_PROGRESS_PREFIX + JOB) == 0


async def test_plain_arqs_own_abort_ends_no_job_twice(queue: Queue) -> None:
    """Its steps one by one: it looks, the job ends, it writes."""
    player, job = await claimed(queue)
    seen = await ArqJob(JOB, queue.redis).info()
    assert seen is not None
    assert seen.score is not None
    await player.finish(job)
    await come_back(queue)
    await player.claim()
    assert await ends(queue) == ["succeeded"]
    assert (await queue.redis.get(keys.result(JOB))) == RESULT


async def test_jobs_behind_an_id_that_came_back_are_claimed(queue: Queue) -> None:
    player, job = await claimed(queue)
    await player.finish(job)
    await queue.enqueue("nap", _job_id="next")
    await come_back(queue)
    assert [job.job_id for job in await player.claim(1)] == ["next"]


@pytest.mark.parametrize("record", [RESULT, b""], ids=["kept", "unkept"])
async def test_an_abort_ends_no_job_again_of_which_the_id_came_back(record: bytes, queue: Queue) -> None:
    player, job = await claimed(queue)
    await player.finish(job, record=record)
    await come_back(queue)
    assert await queue.abort(JOB) == "finished"
    assert await ends(queue) == ["succeeded"]


async def test_a_job_that_has_a_result_gets_no_other(queue: Queue) -> None:
    """However it came there, while this worker held the lease: as any end, it took the record with it."""
    player, job = await claimed(queue)
    await queue.redis.set(keys.result(JOB), b"the first")
    await queue.redis.delete(keys.job(JOB))

    assert await player.finish(job) == [JOB]

    assert await queue.redis.get(keys.result(JOB)) == b"the first"
    assert await ends(queue) == []
    assert await queue.redis.zcard(QUEUE) == 0
    assert await player.state(JOB) == {"holder": None, "tries": None, "runner": None, "score": None}


async def test_of_many_jobs_only_the_one_that_has_a_result_is_refused(queue: Queue) -> None:
    player = Player(queue)
    for n in range(5):
        await queue.enqueue("nap", _job_id=f"job-{n}")
    jobs = await player.claim()
    await queue.redis.set(keys.result("job-3"), b"the first")
    await queue.redis.delete(keys.job("job-3"))
    assert await player.finish(*jobs) == ["job-3"]
    results = [await queue.redis.get(keys.result(f"job-{n}")) for n in range(5)]
    assert results == [RESULT, RESULT, RESULT, b"the first", RESULT]


async def test_the_result_of_an_earlier_job_of_the_same_id_is_replaced(queue: Queue) -> None:
    """Some other program may enqueue so; arq and this client refuse the id as long as there is a result."""
    player, job = await claimed(queue)
    await queue.redis.set(keys.result(JOB), b"the earlier job's")
    assert await player.finish(job) == []
    assert await queue.redis.get(keys.result(JOB)) == RESULT
    assert 50_000 < await queue.redis.pttl(keys.result(JOB)) <= 60_000
    assert await ends(queue) == ["succeeded"]


async def test_an_end_that_is_sent_again_ends_nothing_where_results_are_not_kept(queue: Queue) -> None:
    """The reply of the first was lost, so the worker cannot know."""
    player, job = await claimed(queue)
    assert await player.finish(job, record=b"") == []
    assert await player.finish(job, record=b"") == [JOB]
    assert await ends(queue) == ["succeeded"]
    assert 0 < await queue.redis.pttl(keys.ended(JOB)) <= 60_000


async def test_an_id_may_be_enqueued_again_at_once_where_results_are_not_kept(queue: Queue) -> None:
    for _ in range(2):
        player, job = await claimed(queue)
        assert await player.finish(job, record=b"") == []
    assert await ends(queue) == ["succeeded", "succeeded"]
