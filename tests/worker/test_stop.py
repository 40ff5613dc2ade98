"""A worker is told to stop: it claims no more, gives running jobs their time, and hands the rest back."""

import asyncio
import signal
import time
from typing import Any

import pytest

from arqlight import JobRequest, Queue, RedisSettings, Worker, func
from arqlight.models import JobStatus
from tests.helpers import eventually
from tests.servers import Valkey
from tests.worker.conftest import Start
from tests.worker.log import events, kinds, published, until_complete, until_event, until_gone
from tests.worker.notes import Notes

PROMPTLY_S = 4.0


async def test_after_sigterm_it_claims_nothing_and_lets_running_jobs_end(
    queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(job_completion_wait=20)
    await queue.enqueue("hold", _job_id="running")
    await notes.until()
    worker.signal(signal.SIGTERM)
    await eventually(lambda: "allow_pick_jobs" in worker.output())
    await queue.enqueue("quick", _job_id="later")
    await eventually(lambda: worker.running)
    notes.release()

    assert worker.wait(PROMPTLY_S) == 0
    running, later = (await queue.look_up_many(["running", "later"]))[0]
    assert (running.outcome, running.result, running.job_try) == ("succeeded", "held", 1)
    assert later.status == JobStatus.queued
    assert await kinds(queue, "later") == ["enqueued"]
    assert await queue.workers() == []


async def test_leases_are_kept_while_it_waits_for_running_jobs(
    queue: Queue, start: Start, notes: Notes
) -> None:
    first = start(job_completion_wait=30, lease=1)
    await queue.enqueue("hold", _job_id="job")
    await notes.until()
    first.signal(signal.SIGTERM)
    start(lease=1)

    async def deadline_ms() -> int:
        return int(await queue.redis.zscore("arq:queue", "job") or 0)

    first_deadline_ms = await deadline_ms()

    async def is_three_leases_later() -> bool:
        return await deadline_ms() > first_deadline_ms + 3000

    await eventually(is_three_leases_later, 10)
    notes.release()
    (job,) = await until_complete(queue, "job")

    assert (job.outcome, job.job_try) == ("succeeded", 1)
    assert len(notes.all("started")) == 1


async def test_after_the_grace_the_rest_is_handed_back_at_once_and_not_charged(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """The lease is long: the next worker can have the jobs only because they were handed back."""
    first = start(job_completion_wait=1, lease=60)
    ids = [f"job-{n}" for n in range(100)]
    await queue.enqueue_many([JobRequest("hold", job_id=job_id) for job_id in ids])
    await notes.until(100)
    stopped = await published(queue, first)
    second = start(lease=60)

    first.signal(signal.SIGTERM)
    assert first.wait(10) == 0
    runs = [run for run in await notes.until(200) if run.pid == second.pid]

    assert sorted(run.job_id for run in runs) == sorted(ids)
    assert {run.job_try for run in runs} == {1}
    released = await events(queue, "released")
    assert sorted(event["job_id"] for event in released) == sorted(ids)
    assert {(event["job_try"], event["worker_id"]) for event in released} == {(1, stopped.worker_id)}
    assert await events(queue, "lost") == []
    notes.release()
    jobs = await until_complete(queue, *ids)
    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 1)}
    assert await kinds(queue, "job-0") == ["enqueued", "started", "released", "started", "succeeded"]


async def test_a_try_that_follows_a_failed_one_is_handed_back_as_that_try(
    queue: Queue, start: Start, notes: Notes
) -> None:
    first = start(job_completion_wait=0, lease=60)
    await queue.redis.set("arq:retry:job", 2)
    await queue.enqueue("hold", _job_id="job")
    await notes.until()

    first.stop()
    start(lease=60)
    runs = await notes.until(2)

    assert [run.job_try for run in runs] == [3, 3]


async def test_a_job_whose_record_would_have_expired_is_handed_back_all_the_same(
    queue: Queue, start: Start, notes: Notes
) -> None:
    first = start(job_completion_wait=0, lease=60)
    await queue.enqueue("hold", _job_id="job", _expires=1)
    await notes.until()
    await until_gone(queue, 1500)
    first.stop()
    start(lease=60)
    await notes.until(2)
    notes.release()
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.job_try) == ("succeeded", 1)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_second_signal_ends_it_now_still_handing_back(
    signum: signal.Signals, queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(job_completion_wait=300, lease=60)
    ids = [f"job-{n}" for n in range(20)]
    await queue.enqueue_many([JobRequest("hold", job_id=job_id) for job_id in ids])
    await notes.until(20)
    worker.signal(signum)
    await eventually(lambda: "20 to be completed" in worker.output())

    worker.signal(signum)
    assert worker.wait(PROMPTLY_S) == 0

    assert len(notes.all("cancelled")) == 20
    jobs, _ = await queue.look_up_many(ids)
    assert {job.status for job in jobs} == {JobStatus.queued}
    assert len(await events(queue, "released")) == 20
    assert await queue.redis.keys("arq:in-progress:*") == []


async def test_a_job_that_swallows_the_cancellation_is_handed_back_all_the_same(
    queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(job_completion_wait=0, lease=60)
    await queue.enqueue("stubborn", _job_id="job")
    await notes.until()

    worker.signal(signal.SIGTERM)
    assert worker.wait(10) == 0

    assert await kinds(queue, "job") == ["enqueued", "started", "released"]
    assert (await queue.look_up("job")).job.status == JobStatus.queued
    assert "did not end when it was cancelled" in worker.output()


async def test_a_thread_that_does_not_end_keeps_neither_the_process_nor_the_job(
    queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(job_completion_wait=300, lease=60)
    await queue.enqueue("block", _job_id="job")
    await notes.until()
    worker.signal(signal.SIGTERM)
    await eventually(lambda: "1 to be completed" in worker.output())

    worker.signal(signal.SIGTERM)
    assert worker.wait(PROMPTLY_S) == 0

    assert await kinds(queue, "job") == ["enqueued", "started", "released"]
    assert notes.all("ended") == []


async def test_what_ended_before_the_signal_is_written(queue: Queue, start: Start, notes: Notes) -> None:
    worker = start(job_completion_wait=0, lease=60)
    ids = [f"job-{n}" for n in range(300)]
    await queue.enqueue_many([JobRequest("quick", (n,), job_id=job_id) for n, job_id in enumerate(ids)])
    await notes.until(100)
    worker.signal(signal.SIGTERM)
    assert worker.wait(PROMPTLY_S) == 0
    ran = {note.job_id for note in notes.all("started")}

    second = start(lease=60)
    jobs = await until_complete(queue, *ids)
    assert {job.outcome for job in jobs} == {"succeeded"}
    assert {job.job_try for job in jobs} == {1}
    # Functions that had ended are not run again.
    assert ran.isdisjoint({note.job_id for note in notes.all("started") if note.pid == second.pid})


async def test_hooks_of_jobs_that_ended_are_called_before_it_stops(
    queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start("Hooks", job_completion_wait=5)
    await queue.enqueue("quick", _job_id="job")
    await notes.until(what="after_job_end begins")

    worker.signal(signal.SIGTERM)
    worker.wait(PROMPTLY_S)

    assert [note.what for note in notes.all()] == [
        "on_job_start",
        "started",
        "on_job_end",
        "after_job_end begins",
        "after_job_end",
    ]


async def test_it_stops_in_a_bounded_time_while_redis_is_away(start: Start, notes: Notes) -> None:
    with Valkey() as server:
        async with Queue.connect(server.url) as queue:
            worker = start(redis_url=server.url, job_completion_wait=1)
            await queue.enqueue("hold", _job_id="job")
            await notes.until()
        server.kill()
        began = time.monotonic()
        worker.signal(signal.SIGTERM)
        worker.wait(30)

        assert time.monotonic() - began < 25
        assert "Traceback" not in worker.output()


async def test_a_worker_that_is_stopped_as_it_starts_ends(queue: Queue, start: Start) -> None:
    await queue.enqueue("quick", _job_id="job")
    worker = start()
    worker.signal(signal.SIGTERM)
    assert worker.wait(PROMPTLY_S) == 0
    start()
    (job,) = await until_complete(queue, "job")
    assert job.job_try == 1
    assert await until_event(queue, "succeeded")


async def test_closing_a_worker_that_runs_hands_back_what_runs(queue: Queue, redis_url: str) -> None:
    """With arq's defaults, by which it also handles signals. The function must not run on."""
    happened: list[str] = []

    async def nap(ctx: dict[str, Any]) -> None:
        happened.append("started")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            happened.append("cancelled")
            raise

    worker = Worker([func(nap, name="nap")], redis_settings=RedisSettings.from_dsn(redis_url))
    running = asyncio.create_task(worker.async_run())
    await queue.enqueue("nap", _job_id="job")
    await eventually(lambda: happened)
    await worker.close()
    await asyncio.gather(running, return_exceptions=True)
    assert happened == ["started", "cancelled"]
    assert await kinds(queue, "job") == ["enqueued", "started", "released"]
