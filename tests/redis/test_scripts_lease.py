"""The fence: who may renew, finish or give back a job, in each state that a lease can be in.

Every test runs a heartbeat, a finish and a reschedule against the same state; none may do what the others
must not.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from arq.connections import ArqRedis

from arqlight import Queue, keys
from tests.redis.lease import QUEUE, RESULT, Held, Player, kinds

JOB = "job"


async def held_job(queue: Queue) -> tuple[Player, Held]:
    await queue.enqueue("nap", _job_id=JOB)
    player = Player(queue)
    return player, await player.claim_one(JOB)


# -- what may have happened to a job since its claim: each gives whether its lease is still good for something


async def nothing(player: Player, job: Held) -> None: ...


async def lapsed(player: Player, job: Held) -> None:
    await player.let_lapse(job)


async def lapsed_and_claimed_by_another(player: Player, job: Held) -> None:
    await player.let_lapse(job)
    await Player(player.queue, "host-2-b").claim_one(job.job_id)


async def lapsed_and_claimed_by_itself(player: Player, job: Held) -> None:
    await player.let_lapse(job)
    await player.claim_one(job.job_id)


async def lapsed_and_claimed_by_arq(player: Player, job: Held) -> None:
    await player.let_lapse(job)
    await player.queue.redis.psetex(keys.IN_PROGRESS_PREFIX + job.job_id, 60_000, "1")
    await player.queue.redis.incr(keys.RETRY_PREFIX + job.job_id)


async def lapsed_and_retried_by_arq(player: Player, job: Held) -> None:
    await lapsed_and_claimed_by_arq(player, job)
    await player.queue.redis.delete(keys.IN_PROGRESS_PREFIX + job.job_id)


async def lapsed_and_finished_by_another(player: Player, job: Held) -> None:
    await player.let_lapse(job)
    other = Player(player.queue, "host-2-b")
    await other.finish(await other.claim_one(job.job_id), record=b"the other's")


async def lapsed_and_retried_by_another(player: Player, job: Held) -> None:
    await player.let_lapse(job)
    other = Player(player.queue, "host-2-b")
    await other.reschedule(await other.claim_one(job.job_id))


async def lapsed_and_released_by_another(player: Player, job: Held) -> None:
    await player.let_lapse(job)
    other = Player(player.queue, "host-2-b")
    await other.reschedule(await other.claim_one(job.job_id), released=True)


async def finished_by_itself(player: Player, job: Held) -> None:
    await player.finish(job, record=b"the first")


async def retried_by_itself(player: Player, job: Held) -> None:
    await player.reschedule(job, delay_ms=3_600_000)


async def released_by_itself(player: Player, job: Held) -> None:
    await player.reschedule(job, released=True)


async def aborted_after_it_lapsed(player: Player, job: Held) -> None:
    await player.let_lapse(job)
    assert await player.queue.abort(job.job_id) == "aborted"


async def finished_unkept_by_another(player: Player, job: Held) -> None:
    await player.let_lapse(job)
    other = Player(player.queue, "host-2-b")
    await other.finish(await other.claim_one(job.job_id), record=b"")


async def enqueued_anew_after_it_was_finished(player: Player, job: Held) -> None:
    await finished_unkept_by_another(player, job)
    await player.queue.enqueue("nap", _job_id=job.job_id)


async def forgotten(player: Player, job: Held) -> None:
    await player.queue.redis.flushall()


async def forgotten_and_enqueued_anew(player: Player, job: Held) -> None:
    await player.queue.redis.flushall()
    await player.queue.enqueue("nap", _job_id=job.job_id)


Since = Callable[[Player, Held], Awaitable[None]]

GOOD = [nothing, lapsed, forgotten]
# Finished unkept and forgotten look the same to a worker whose own clock says that its lease stands; only a
# stall, after which it does not, tells them apart.
BAD = [
    lapsed_and_claimed_by_another,
    lapsed_and_claimed_by_itself,
    lapsed_and_claimed_by_arq,
    lapsed_and_retried_by_arq,
    lapsed_and_finished_by_another,
    lapsed_and_retried_by_another,
    lapsed_and_released_by_another,
    finished_by_itself,
    retried_by_itself,
    released_by_itself,
    aborted_after_it_lapsed,
    enqueued_anew_after_it_was_finished,
    forgotten_and_enqueued_anew,
]
names: Callable[[Any], str] = lambda since: since.__name__  # noqa: E731


async def everything(redis: ArqRedis) -> dict[bytes, Any]:
    """All that Redis holds, but for what a heartbeat publishes of its worker."""
    found = {}
    for key in await redis.keys("*"):
        if not key.startswith((keys.WORKERS.encode(), b"arqlight:worker:")):
            found[key] = await redis.dump(key)
    return found


@pytest.mark.parametrize("since", BAD, ids=names)
@pytest.mark.parametrize("held", [True, False], ids=["held", "stalled"])
async def test_a_lost_lease_is_good_for_nothing(
    since: Since, *, held: bool, queue: Queue, redis: ArqRedis
) -> None:
    player, job = await held_job(queue)
    await since(player, job)
    before = await everything(redis)

    assert await player.beat(job, held=held) == ([JOB], [])
    assert await player.finish(job, held=held) == [JOB]
    assert await player.reschedule(job, held=held) == [JOB]
    assert await player.reschedule(job, held=held, released=True) == [JOB]

    assert await everything(redis) == before


@pytest.mark.parametrize("since", [finished_unkept_by_another, forgotten], ids=names)
async def test_after_a_stall_a_job_that_redis_does_not_know_is_lost(since: Since, queue: Queue) -> None:
    player, job = await held_job(queue)
    await since(player, job)
    before = await everything(queue.redis)
    assert await player.beat(job, held=False) == ([JOB], [])
    assert await player.finish(job, held=False) == [JOB]
    assert await player.reschedule(job, held=False) == [JOB]
    assert await everything(queue.redis) == before


@pytest.mark.parametrize("since", GOOD, ids=names)
async def test_a_good_lease_lets_the_job_be_finished(since: Since, queue: Queue) -> None:
    player, job = await held_job(queue)
    await since(player, job)
    assert await player.finish(job) == []
    assert await queue.redis.get(keys.RESULT_PREFIX + JOB) == RESULT
    assert (await kinds(queue, JOB))[-1] == "succeeded"
    assert await player.state(JOB) == {"holder": None, "tries": None, "runner": None, "score": None}


@pytest.mark.parametrize("since", [nothing, lapsed], ids=names)
async def test_a_good_lease_lets_the_job_be_tried_again(since: Since, queue: Queue) -> None:
    player, job = await held_job(queue)
    await since(player, job)
    assert await player.reschedule(job) == []
    state = await player.state(JOB)
    assert (state["holder"], state["tries"], state["runner"]) == (None, "1", None)
    assert (await kinds(queue, JOB))[-1] == "retrying"
    assert (await player.claim_one(JOB)).job_try == 2


@pytest.mark.parametrize("since", [nothing, lapsed], ids=names)
async def test_a_good_lease_lets_the_job_be_handed_back_uncharged(since: Since, queue: Queue) -> None:
    player, job = await held_job(queue)
    await since(player, job)
    assert await player.reschedule(job, released=True) == []
    assert (await kinds(queue, JOB))[-1] == "released"
    assert await player.claim_one(JOB) == Held(JOB, f"host-1-a:2:{await start_ms(queue)}", 1)


async def start_ms(queue: Queue) -> int:
    return (await queue.look_up(JOB)).job.start_ms or 0


@pytest.mark.parametrize("since", [nothing, lapsed], ids=names)
async def test_a_heartbeat_renews_a_lease(since: Since, queue: Queue) -> None:
    player, job = await held_job(queue)
    await since(player, job)
    before = await player.state(JOB)
    await queue.redis.pexpire(keys.IN_PROGRESS_PREFIX + JOB, 1000)

    assert await player.beat(job) == ([], [])

    state = await player.state(JOB)
    assert (state["holder"], state["tries"], state["runner"]) == (job.holder, "1", "host-1-a:1")
    assert state["score"] >= before["score"]
    assert await queue.redis.pttl(keys.IN_PROGRESS_PREFIX + JOB) > 50_000


async def test_a_heartbeat_does_not_bring_back_a_job_that_redis_forgot(queue: Queue) -> None:
    """It may just have been finished by another call of this worker."""
    player, job = await held_job(queue)
    await forgotten(player, job)
    assert await player.beat(job) == ([], [])
    assert await queue.redis.exists(QUEUE, keys.IN_PROGRESS_PREFIX + JOB, keys.running(QUEUE)) == 0


async def test_of_many_jobs_each_is_judged_by_itself(queue: Queue) -> None:
    player = Player(queue)
    for n in range(2500):
        await queue.enqueue("nap", _job_id=f"job-{n:04}")
    jobs = [job for _ in range(5) for job in await player.claim(500)]
    for job in jobs[::500]:
        await lapsed_and_claimed_by_another(player, job)
    lost = [job.job_id for job in jobs[::500]]

    assert (await player.beat(*jobs))[0] == lost
    assert await player.finish(*jobs) == lost
    assert await queue.redis.zcard(QUEUE) == 5
    assert await queue.redis.hlen(keys.running(QUEUE)) == 5  # type: ignore[misc]


async def test_a_cron_jobs_slot_stays_taken_for_a_while(queue: Queue) -> None:
    player, job = await held_job(queue)
    assert await player.finish(job, keep_ms=60_000) == []
    await queue.redis.delete(keys.RESULT_PREFIX + JOB)
    await queue.enqueue("nap", _job_id=JOB)

    assert await player.claim() == []
    assert await queue.redis.exists(QUEUE, keys.JOB_PREFIX + JOB) == 0


async def test_a_heartbeat_does_not_put_a_job_back_that_was_taken_out_of_the_queue(queue: Queue) -> None:
    player, job = await held_job(queue)
    await queue.redis.zrem(QUEUE, JOB)
    assert await player.beat(job) == ([], [])
    assert await queue.redis.zcard(QUEUE) == 0
