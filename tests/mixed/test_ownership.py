"""A job belongs to the worker that runs it, whatever its kind and for as long as it runs."""

from collections.abc import Sequence

import pytest
from arq.connections import ArqRedis

from tests.helpers import eventually
from tests.mixed.conftest import Run, StartFleet, noted_runs
from tests.mixed.settings import MAX_JOBS, RELEASE, RUNS
from tests.processes import WorkerKind

HELD = MAX_JOBS
RECORDED = 50
TICKS = 4
BOTH: Sequence[WorkerKind] = ("arqlight", "arq")


async def runs_once_noted(redis: ArqRedis, count: int) -> list[Run]:
    async def noted() -> bool:
        return await redis.llen(RUNS) >= count

    await eventually(noted, 20)
    return await noted_runs(redis)


async def enqueue_held(redis: ArqRedis, first: int) -> None:
    for n in range(first, first + HELD):
        assert await redis.enqueue_job("hold", _job_id=f"held-{n}")


@pytest.mark.parametrize(("first", "second"), [("arqlight", "arq"), ("arq", "arqlight")])
async def test_a_worker_leaves_jobs_alone_that_the_other_kind_runs(
    first: WorkerKind, second: WorkerKind, redis: ArqRedis, fleet: StartFleet
) -> None:
    fleet("Settings", [first])
    await enqueue_held(redis, 0)
    await runs_once_noted(redis, HELD)

    # The first worker has its hands full. The second one looks at the queue again and again as it runs what
    # comes now, and sees the first one's jobs there each time.
    fleet("Settings", [second])
    for n in range(RECORDED):
        assert await redis.enqueue_job("record", n)
    await enqueue_held(redis, HELD)
    runs = await runs_once_noted(redis, HELD + RECORDED + HELD)

    await redis.set(RELEASE, 1)

    async def all_done() -> bool:
        return await redis.zcard("arq:queue") == 0

    await eventually(all_done, 20)
    assert await noted_runs(redis) == runs
    assert len({run.job_id for run in runs}) == len(runs)
    assert [run.kind for run in runs] == [first] * HELD + [second] * (RECORDED + HELD)


@pytest.mark.slow
async def test_a_unique_cron_job_runs_once_at_each_time_whichever_kind_of_worker_takes_it(
    redis: ArqRedis, fleet: StartFleet
) -> None:
    fleet("CronSettings", [*BOTH, *BOTH])

    runs = await runs_once_noted(redis, TICKS)

    assert len({run.job_id for run in runs}) == len(runs)
