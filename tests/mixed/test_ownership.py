"""A job belongs to the worker that runs it, whatever its kind and for as long as it runs."""

import re
from collections import Counter

import pytest
from arq.connections import ArqRedis
from arq.jobs import Job

from tests.helpers import eventually
from tests.mixed.fleet import BOTH, StartFleet
from tests.mixed.runs import noted_runs, until_queue_is_empty, until_runs
from tests.mixed.settings import LEASE_S, MAX_JOBS, RELEASE
from tests.processes import WorkerKind

HELD = MAX_JOBS
RECORDED = 50
TICKS = 4


async def enqueue_held(redis: ArqRedis, first: int) -> None:
    for n in range(first, first + HELD):
        assert await redis.enqueue_job("hold", _job_id=f"held-{n}")


@pytest.mark.parametrize(("first", "second"), [BOTH, BOTH[::-1]])
async def test_a_worker_leaves_jobs_alone_that_the_other_kind_runs(
    first: WorkerKind, second: WorkerKind, redis: ArqRedis, fleet: StartFleet
) -> None:
    fleet("Settings", [first])
    await enqueue_held(redis, 0)
    await until_runs(redis, HELD)

    # The first worker has its hands full. The second one looks at the queue again and again as it runs what
    # comes now, and sees the first one's jobs there each time.
    fleet("Settings", [second])
    for n in range(RECORDED):
        assert await redis.enqueue_job("record", n)
    await enqueue_held(redis, HELD)
    runs = await until_runs(redis, HELD + RECORDED + HELD)

    await redis.set(RELEASE, 1)
    await until_queue_is_empty(redis)

    assert await noted_runs(redis) == runs
    assert len({run.job_id for run in runs}) == len(runs)
    assert [run.kind for run in runs] == [first] * HELD + [second] * (RECORDED + HELD)


async def test_plain_arq_leaves_jobs_alone_that_outlive_their_leases(
    redis: ArqRedis, fleet: StartFleet
) -> None:
    fleet("Settings", ["arqlight"])
    await enqueue_held(redis, 0)
    runs = await until_runs(redis, HELD)
    fleet("Settings", ["arq"])
    first_deadline = float(await redis.zscore("arq:queue", "held-0") or 0)

    async def is_over() -> bool:
        deadline = float(await redis.zscore("arq:queue", "held-0") or 0)
        return deadline > first_deadline + 1000 * LEASE_S

    await eventually(is_over, 20)
    assert await noted_runs(redis) == runs


async def lapse_as_arqs_would(redis: ArqRedis) -> None:
    """End the in-progress keys of a killed arq worker; they would stay for ``job_timeout`` and 10 s."""
    for n in range(HELD):
        await redis.delete(f"arq:in-progress:held-{n}")


@pytest.mark.parametrize(("first", "second"), [BOTH, BOTH[::-1]])
async def test_jobs_of_a_killed_worker_are_run_by_the_other_kind_once_its_claim_lapses(
    first: WorkerKind, second: WorkerKind, redis: ArqRedis, fleet: StartFleet
) -> None:
    (killed,) = fleet("Settings", [first])
    await enqueue_held(redis, 0)
    await until_runs(redis, HELD)
    fleet("Settings", [second])

    killed.kill()
    if first == "arq":
        await lapse_as_arqs_would(redis)
    runs = await until_runs(redis, 2 * HELD)
    await redis.set(RELEASE, 1)

    for n in range(HELD):
        assert await Job(f"held-{n}", redis).result(timeout=20, poll_delay=0.05) == second
    assert await noted_runs(redis) == runs
    assert Counter((run.job_try, run.kind) for run in runs) == {(1, first): HELD, (2, second): HELD}


async def test_a_job_whose_id_was_a_killed_workers_before_plain_arq_ended_it_is_not_called_lost(
    redis: ArqRedis, fleet: StartFleet
) -> None:
    (killed,) = fleet("Settings", ["arqlight"])
    await enqueue_held(redis, 0)
    await until_runs(redis, HELD)
    killed.kill()
    (successor,) = fleet("Settings", ["arq"])
    await redis.set(RELEASE, 1)
    await until_queue_is_empty(redis)
    successor.stop()
    await redis.delete(*(f"arq:result:held-{n}" for n in range(HELD)))

    await enqueue_held(redis, 0)
    fleet("Settings", ["arqlight"])
    await until_queue_is_empty(redis)

    events = [fields[b"event"] for _, fields in await redis.xrange("arqlight:events")]
    assert events.count(b"succeeded") == HELD
    assert events.count(b"lost") == 0


@pytest.mark.slow
async def test_a_unique_cron_job_runs_once_at_each_time_whichever_kind_of_worker_takes_it(
    redis: ArqRedis, fleet: StartFleet
) -> None:
    fleet("CronSettings", [*BOTH, *BOTH])

    runs = await until_runs(redis, TICKS)

    # The id of a unique cron job is made of its name and the time that it is for, in ms.
    ids = [run.job_id for run in runs]
    assert all(re.fullmatch(r"cron:tick:\d+000", job_id) for job_id in ids)
    assert len(set(ids)) == len(ids)
