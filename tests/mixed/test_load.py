"""Producers and workers of both kinds on one queue, under load: every job runs, and none runs twice."""

from collections import Counter

import pytest
from arq.connections import ArqRedis
from arq.jobs import Job, JobStatus

from tests.mixed.fleet import BOTH, StartFleet, StartProducer
from tests.mixed.runs import noted_runs, until_queue_is_empty

JOBS_OF_EACH_PRODUCER = 1000
DEADLINE_S = 90
FLEET = (*BOTH, *BOTH)


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

    await until_queue_is_empty(redis, DEADLINE_S)
    runs = await noted_runs(redis)

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
    fleet("Settings", BOTH)
    producers = [producer(kind, 300, "same-") for kind in FLEET]

    assert sum(started.enqueued() for started in producers) == 300

    await until_queue_is_empty(redis)
    runs = await noted_runs(redis)
    assert sorted(run.job_id for run in runs) == sorted(f"same-{n}" for n in range(300))
