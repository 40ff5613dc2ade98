"""What plain arq's client sees and does with jobs, whichever kind of worker runs them."""

import asyncio
from typing import Any

import pytest
from arq.connections import ArqRedis
from arq.constants import abort_jobs_ss
from arq.jobs import Job, JobStatus
from arq.utils import timestamp_ms

from tests.helpers import eventually
from tests.mixed.fleet import BOTH, StartFleet
from tests.mixed.runs import noted_runs, until_runs
from tests.mixed.settings import MAX_JOBS, RELEASE, TRIES
from tests.processes import WorkerKind

each_kind = pytest.mark.parametrize("kind", ["arq", "arqlight"])
RETRYING_JOBS = 50


async def enqueue(
    redis: ArqRedis, function: str, *args: Any, job_id: str, defer_by: float | None = None
) -> Job:
    job = await redis.enqueue_job(function, *args, _job_id=job_id, _defer_by=defer_by)
    assert job is not None
    return job


async def eventually_deferred(job: Job) -> None:
    async def deferred() -> bool:
        return await job.status() is JobStatus.deferred

    await eventually(deferred, 20)


@each_kind
async def test_plain_arq_reads_a_result_and_all_that_is_known_of_its_job(
    kind: WorkerKind, redis: ArqRedis, fleet: StartFleet
) -> None:
    fleet("Settings", [kind])
    job = await enqueue(redis, "record", 7, job_id="reads")

    assert await job.result(timeout=10, poll_delay=0.02) == 7

    assert await job.status() is JobStatus.complete
    info = await job.result_info()
    assert info is not None
    assert (info.function, info.args, info.kwargs, info.job_try) == ("record", (7,), {}, 1)
    assert (info.success, info.result, info.queue_name, info.job_id) == (True, 7, "arq:queue", "reads")
    assert info.enqueue_time <= info.start_time <= info.finish_time
    definition = await job.info()
    assert definition is not None
    assert definition.score is None


@each_kind
async def test_plain_arq_raises_what_the_function_raised(
    kind: WorkerKind, redis: ArqRedis, fleet: StartFleet
) -> None:
    fleet("Settings", [kind])
    job = await enqueue(redis, "fail", "out of paper", job_id="fails")

    with pytest.raises(ValueError, match="out of paper"):
        await job.result(timeout=10, poll_delay=0.02)

    info = await job.result_info()
    assert info is not None
    assert info.success is False


@each_kind
async def test_plain_arq_sees_each_status(kind: WorkerKind, redis: ArqRedis, fleet: StartFleet) -> None:
    assert await Job("held", redis).status() is JobStatus.not_found
    held = await enqueue(redis, "hold", job_id="held")
    deferred = await enqueue(redis, "record", 1, job_id="deferred", defer_by=600)
    assert await held.status() is JobStatus.queued
    assert await deferred.status() is JobStatus.deferred

    fleet("Settings", [kind])
    await until_runs(redis, 1)
    assert await held.status() is JobStatus.in_progress
    assert await deferred.status() is JobStatus.deferred

    await redis.set(RELEASE, 1)
    assert await held.result(timeout=10, poll_delay=0.02) == kind
    assert await held.status() is JobStatus.complete


async def test_plain_arq_aborts_running_jobs_of_both_kinds_of_worker(
    redis: ArqRedis, fleet: StartFleet
) -> None:
    fleet("AbortSettings", [*BOTH, *BOTH])
    jobs = [await enqueue(redis, "hold", job_id=f"held-{n}") for n in range(3 * MAX_JOBS)]
    runs = await until_runs(redis, len(jobs))
    assert {run.kind for run in runs} == set(BOTH)

    answers = await asyncio.gather(*(job.abort(timeout=10, poll_delay=0.05) for job in jobs))

    assert answers == [True] * len(jobs)
    assert await noted_runs(redis) == runs
    assert await redis.zcard("arq:queue") == 0
    assert await redis.zcard("arq:abort") == 0


@each_kind
async def test_plain_arq_aborts_a_deferred_job(kind: WorkerKind, redis: ArqRedis, fleet: StartFleet) -> None:
    fleet("AbortSettings", [kind])
    job = await enqueue(redis, "record", 1, job_id="later", defer_by=600)
    # arq makes the job due first and marks it after that; a worker that looks in between runs it.
    await redis.zadd(abort_jobs_ss, {"later": timestamp_ms()})

    assert await job.abort(timeout=10, poll_delay=0.05) is True

    assert await noted_runs(redis) == []


@pytest.mark.parametrize("defer", [None, 0.2])
async def test_every_job_that_asks_for_another_try_gets_it_in_a_mixed_fleet(
    defer: float | None, redis: ArqRedis, fleet: StartFleet
) -> None:
    fleet("Settings", BOTH)
    jobs = [await enqueue(redis, "flaky", defer, job_id=f"flaky-{n}") for n in range(RETRYING_JOBS)]

    results = await asyncio.gather(*(job.result(timeout=30, poll_delay=0.05) for job in jobs))

    assert results == [TRIES] * RETRYING_JOBS
    runs = await noted_runs(redis)
    for job in jobs:
        tries = [run.job_try for run in runs if run.job_id == job.job_id]
        assert tries == list(range(1, TRIES + 1))


@pytest.mark.parametrize(("first", "second"), [BOTH, BOTH[::-1]])
async def test_a_worker_counts_on_from_the_tries_of_the_other_kind(
    first: WorkerKind, second: WorkerKind, redis: ArqRedis, fleet: StartFleet
) -> None:
    (worker,) = fleet("Settings", [first])
    job = await enqueue(redis, "flaky", 1.0, job_id="flaky")
    await eventually_deferred(job)
    worker.stop()

    fleet("Settings", [second])

    assert await job.result(timeout=20, poll_delay=0.05) == TRIES
    runs = [(run.job_try, run.kind) for run in await noted_runs(redis)]
    assert runs == [(1, first), (2, second), (3, second)]
