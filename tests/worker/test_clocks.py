"""Clocks that are minutes wrong, at the worker and at the producer: Redis's own clock judges."""

import asyncio
import os
import sys
import time

import pytest

from arqlight import Queue
from tests.processes import ROOT
from tests.worker.conftest import Start
from tests.worker.log import events, published, until_beats, until_complete
from tests.worker.notes import Notes

OFF_BY_S = [-600, 600]


@pytest.mark.parametrize("off_by_s", OFF_BY_S)
async def test_a_worker_whose_clock_is_wrong_runs_deferred_jobs_when_due(
    off_by_s: int, queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(poll_delay=0.1, env={"WORKER_CLOCK_OFF_BY_S": str(off_by_s)})
    await published(queue, worker)
    asked_at = time.monotonic()
    await queue.enqueue("quick", _job_id="now")
    await queue.enqueue("quick", _job_id="soon", _defer_by=1)
    await queue.enqueue("quick", _job_id="later", _defer_by=60)
    await queue.enqueue("again", 2, 0.5, _job_id="again")

    (now,) = await notes.until(job_id="now")
    (soon,) = await notes.until(job_id="soon")
    first, second = await notes.until(2, job_id="again")
    assert now.at - asked_at < 1
    assert 0.99 <= soon.at - asked_at < 3
    assert 0.49 <= second.at - first.at < 3
    assert notes.all(job_id="later") == []
    (job,) = await until_complete(queue, "now")
    assert job.start_ms is not None
    assert abs(job.start_ms / 1000 - time.time()) < 10


@pytest.mark.parametrize("off_by_s", OFF_BY_S)
async def test_workers_whose_clocks_differ_keep_and_take_over_leases_alike(
    off_by_s: int, queue: Queue, start: Start, notes: Notes
) -> None:
    wrong = start(env={"WORKER_CLOCK_OFF_BY_S": str(off_by_s)})
    await queue.enqueue("hold", _job_id="job")
    await notes.until()
    right = start()
    await published(queue, right)
    await until_beats(queue, right, 9)
    assert len(notes.all("started")) == 1

    wrong.kill()
    _, again = await notes.until(2)
    assert again.pid == right.pid

    # And the other way round.
    third = start(env={"WORKER_CLOCK_OFF_BY_S": str(off_by_s)})
    await published(queue, third)
    right.kill()
    assert (await notes.until(3))[-1].pid == third.pid
    notes.release()
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.job_try) == ("succeeded", 3)
    assert len(await events(queue, "lost")) == 2


@pytest.mark.parametrize("off_by_s", OFF_BY_S)
async def test_a_producer_whose_clock_is_wrong_enqueues_for_now_and_for_soon(
    off_by_s: int, queue: Queue, start: Start, notes: Notes, redis_url: str
) -> None:
    worker = start(poll_delay=0.1)
    await published(queue, worker)
    asked_at = time.monotonic()
    producer = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.worker.wrong_producer",
        str(off_by_s),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "REDIS_URL": redis_url},
    )
    assert await producer.wait() == 0
    enqueued_at = time.monotonic()

    (now,) = await notes.until(job_id="now")
    (soon,) = await notes.until(job_id="soon")
    assert now.at - enqueued_at < 1
    assert soon.at - asked_at >= 1.99
    assert soon.at - enqueued_at < 4
    await queue.enqueue("hold", _job_id="running")
    (_, running) = await notes.until(1, job_id="running"), await queue.abort("running")
    assert running == "aborted"


@pytest.mark.parametrize("off_by_s", [-300, 300])
async def test_cron_jobs_go_by_the_servers_clock(
    off_by_s: int, queue: Queue, start: Start, notes: Notes
) -> None:
    """A worker that was five minutes slow ran each slot once more."""
    start("EverySecond", env={"WORKER_CLOCK_OFF_BY_S": str(off_by_s)})
    ticks = await notes.until(3)
    slots = [int(tick.job_id.partition(":")[2]) / 1000 for tick in ticks]
    assert len(set(slots)) == len(slots)
    assert abs(slots[-1] - time.time()) < 10
