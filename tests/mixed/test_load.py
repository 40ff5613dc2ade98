"""Producers and workers of both kinds on one queue, under load: every job runs, and none runs twice."""

from collections import Counter

import pytest
from arq.connections import ArqRedis
from arq.jobs import Job, JobStatus

from tests.helpers import eventually
from tests.mixed.conftest import Run, StartFleet, StartProducer, noted_runs
from tests.mixed.settings import RUNS
from tests.processes import WorkerKind

JOBS_OF_EACH_PRODUCER = 1000
DEADLINE_S = 90
FLEET: tuple[WorkerKind, ...] = ("arqlight", "arq", "arqlight", "arq")


async def runs_when_all_are_done(redis: ArqRedis, jobs: int) -> list[Run]:
    """All runs, once so many are noted and the queue is empty."""

    async def done() -> bool:
        return await redis.llen(RUNS) >= jobs and await redis.zcard("arq:queue") == 0

    await eventually(done, DEADLINE_S)
    return await noted_runs(redis)


@pytest.mark.slow
async def test_each_of_thousands_of_jobs_runs_exactly_once(
    redis: ArqRedis, fleet: StartFleet, producer: StartProducer
) -> None:
    # The workers come to a queue that has much in it, and more arrives while they run.
    backlog = producer("arq", JOBS_OF_EACH_PRODUCER, "backlog-").enqueued()
    producers = [producer(kind, JOBS_OF_EACH_PRODUCER, f"{n}-") for n, kind in enumerate(FLEET)]
    workers = fleet("Settings", FLEET)
    expected = backlog + sum(started.enqueued() for started in producers)
    assert expected == (1 + len(FLEET)) * JOBS_OF_EACH_PRODUCER

    runs = await runs_when_all_are_done(redis, expected)

    times_run = Counter(run.job_id for run in runs)
    assert len(times_run) == expected
    assert [job_id for job_id, times in times_run.items() if times > 1] == []
    assert {run.job_try for run in runs} == {1}
    assert {run.kind for run in runs} == set(FLEET), "one kind of worker did all the work"
    assert all(worker.running for worker in workers)
    await assert_plain_arq_reads_all_results(redis, times_run)


async def assert_plain_arq_reads_all_results(redis: ArqRedis, job_ids: Counter[str]) -> None:
    for job_id in job_ids:
        job = Job(job_id, redis)
        assert await job.status() is JobStatus.complete
        assert await job.result(timeout=0) == int(job_id.rpartition("-")[2])


async def test_a_job_id_that_producers_of_both_kinds_enqueue_at_once_is_one_job(
    redis: ArqRedis, fleet: StartFleet, producer: StartProducer
) -> None:
    fleet("Settings", FLEET[:2])
    producers = [producer(kind, 300, "same-") for kind in FLEET]

    assert sum(started.enqueued() for started in producers) == 300

    runs = await runs_when_all_are_done(redis, 300)
    assert sorted(run.job_id for run in runs) == sorted(f"same-{n}" for n in range(300))
