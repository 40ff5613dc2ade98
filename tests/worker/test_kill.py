"""A worker is killed: what it ran runs elsewhere within the lease, and the lost try is on record."""

import signal
import time
from collections import Counter

from arqlight import JobRequest, Queue
from arqlight.models import JobStatus
from tests.worker.conftest import Start
from tests.worker.log import (
    events,
    final_events,
    kinds,
    published,
    until_beats,
    until_complete,
    until_event,
    until_gone,
)
from tests.worker.notes import PATIENCE_S, Notes

LEASE_S = 2
# Of the process that a job ends.
EXIT_CODE = 3
# What a loaded machine may take for a claim to be noticed; the lease itself is judged by Redis.
SLACK_S = 1.5


async def test_100_jobs_of_a_killed_worker_run_elsewhere_within_the_lease(
    queue: Queue, start: Start, notes: Notes
) -> None:
    first = start(lease=LEASE_S)
    ids = [f"job-{n}" for n in range(100)]
    await queue.enqueue_many([JobRequest("hold", job_id=job_id) for job_id in ids])
    await notes.until(100)
    killed = await published(queue, first)
    second = start(lease=LEASE_S)

    first.kill()
    killed_at = time.monotonic()
    runs = [run for run in await notes.until(200) if run.pid == second.pid]

    assert sorted(run.job_id for run in runs) == sorted(ids)
    assert {run.job_try for run in runs} == {2}
    assert max(run.at for run in runs) - killed_at < LEASE_S + SLACK_S
    lost = await events(queue, "lost")
    assert sorted(event["job_id"] for event in lost) == sorted(ids)
    assert {(event["job_try"], event["worker_id"]) for event in lost} == {(1, killed.worker_id)}

    notes.release()
    jobs = await until_complete(queue, *ids)
    assert {(job.outcome, job.result, job.job_try) for job in jobs} == {("succeeded", "held", 2)}
    assert killed.worker_id not in {job.worker_id for job in jobs}
    assert Counter(event["event"] for event in await final_events(queue)) == {"succeeded": 100}


async def test_a_lost_try_is_told_before_the_next_one_starts(
    queue: Queue, start: Start, notes: Notes
) -> None:
    first = start()
    await queue.enqueue("hold", _job_id="job")
    await notes.until()
    first.kill()
    start()
    await notes.until(2)
    notes.release()
    await until_complete(queue, "job")

    assert await kinds(queue, "job") == ["enqueued", "started", "lost", "started", "succeeded"]


async def test_a_job_that_is_lost_again_and_again_is_given_up(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """After as many lost tries as it may have, and one more, alone."""
    await queue.enqueue("hold", _job_id="job")
    for count in (1, 2, 3):
        worker = start(max_tries=2)
        await notes.until(count)
        worker.kill()
    start(max_tries=2)

    (job,) = await until_complete(queue, "job")

    assert job.outcome == "failed"
    assert job.error is not None
    why = "3 tries were lost, in the last of which it ran alone"
    assert job.error.message == f"max 2 retries exceeded: {why}"
    assert [event["job_try"] for event in await events(queue, "lost")] == [1, 2, 3]
    assert len(notes.all("started")) == 3
    assert await queue.redis.keys("*job") == [b"arq:result:job"]


async def test_a_job_that_may_be_tried_once_is_not_run_again_when_it_is_lost(
    queue: Queue, start: Start, notes: Notes
) -> None:
    await queue.enqueue("hold", _job_id="job")
    worker = start(max_tries=1)
    await notes.until()
    worker.kill()
    start(max_tries=1)
    (job,) = await until_complete(queue, "job")
    assert job.error is not None
    assert job.error.message == "max 1 retries exceeded: it was lost with its worker"
    assert len(notes.all("started")) == 1


async def test_the_neighbours_of_a_job_that_ends_its_process_survive(
    queue: Queue, start: Start, notes: Notes
) -> None:
    neighbours = [f"neighbour-{n}" for n in range(9)]
    killer = JobRequest("end_the_process", (len(neighbours), 3), job_id="killer")
    others = [JobRequest("live_beside", (3,), job_id=job_id) for job_id in neighbours]
    await queue.enqueue_many([*others, killer])
    # Three tries take all ten along; in the fourth, the killer is alone.
    for _ in range(4):
        assert start(max_jobs=10, max_tries=3).wait(PATIENCE_S) == EXIT_CODE
    start(max_jobs=10, max_tries=3)

    (given_up,) = await until_complete(queue, "killer")
    jobs = await until_complete(queue, *neighbours)

    assert {(job.outcome, job.result) for job in jobs} == {("succeeded", "alive")}
    assert given_up.outcome == "failed"
    *_, last_try = notes.all("started", "killer")
    assert last_try.job_try == 4
    beside = [n for n in notes.all("started") if n.pid == last_try.pid and n.at > last_try.at]
    assert beside == []


async def test_a_functions_own_max_tries_counts_lost_tries_too(
    queue: Queue, start: Start, notes: Notes
) -> None:
    await queue.enqueue("hold_thrice", _job_id="job")
    for count in (1, 2):
        worker = start(max_tries=1)
        await notes.until(count)
        worker.kill()
    start(max_tries=1)
    await notes.until(3)
    notes.release()

    (job,) = await until_complete(queue, "job")

    assert (job.outcome, job.job_try) == ("succeeded", 3)


async def test_a_job_outlives_many_leases_of_its_worker(queue: Queue, start: Start, notes: Notes) -> None:
    start(lease=1)
    await queue.enqueue("hold", _job_id="job")
    await notes.until()
    other = start(lease=1)
    await until_beats(queue, other, 12)
    assert (await queue.look_up("job")).job.status == JobStatus.in_progress
    notes.release()
    (job,) = await until_complete(queue, "job")

    assert (job.outcome, job.job_try) == ("succeeded", 1)
    assert await kinds(queue, "job") == ["enqueued", "started", "succeeded"]
    assert len(notes.all("started")) == 1


async def test_jobs_that_waited_at_a_killed_worker_are_not_held_up(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """It had claimed as many as it can run, and not one more."""
    first = start(max_jobs=5, lease=LEASE_S)
    ids = [f"job-{n}" for n in range(10)]
    await queue.enqueue_many([JobRequest("hold", job_id=job_id) for job_id in ids])
    await notes.until(5)
    first.signal(signal.SIGKILL)
    second = start(max_jobs=5, lease=LEASE_S)

    runs = await notes.until(10)

    assert {run.job_id for run in runs[:5]}.isdisjoint({run.job_id for run in runs[5:]})
    assert {(run.pid, run.job_try) for run in runs[5:]} == {(second.pid, 1)}
    notes.release()
    await until_complete(queue, *ids)


async def test_a_killed_worker_keeps_the_jobs_whose_end_it_had_written(
    queue: Queue, start: Start, notes: Notes
) -> None:
    first = start()
    await queue.enqueue_many([JobRequest("quick", (n,), job_id=f"done-{n}") for n in range(50)])
    await queue.enqueue("hold", _job_id="held")
    await until_complete(queue, *[f"done-{n}" for n in range(50)])
    await notes.until(job_id="held")
    first.kill()
    start()
    await until_event(queue, "lost", job_id="held")
    notes.release()
    await until_complete(queue, "held")

    jobs, _ = await queue.look_up_many([f"done-{n}" for n in range(50)])
    assert [job.result for job in jobs] == list(range(50))
    assert len(notes.all("started")) == 52


async def test_a_job_whose_record_would_have_expired_runs_again_all_the_same(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """``_expires`` says until when a job may start; once it did, it is not lost with its worker."""
    first = start()
    await queue.enqueue("hold", _job_id="job", _expires=1)
    await notes.until()
    await until_gone(queue, 1500)
    first.kill()
    start()
    await notes.until(2)
    notes.release()
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.job_try) == ("succeeded", 2)


async def test_a_lost_try_that_the_producer_had_numbered_is_told_by_that_number(
    queue: Queue, start: Start, notes: Notes
) -> None:
    first = start()
    await queue.enqueue("hold", _job_id="job", _job_try=3)
    await notes.until()
    first.kill()
    start()
    await notes.until(2)
    notes.release()
    (job,) = await until_complete(queue, "job")
    assert [run.job_try for run in notes.all("started")] == [3, 4]
    assert [event["job_try"] for event in await events(queue, "lost")] == [3]
    assert job.job_try == 4


async def test_a_worker_out_of_files_keeps_its_leases(queue: Queue, start: Start, notes: Notes) -> None:
    """A function leaks them; the heartbeat goes on over the connections there are."""
    first = start()
    await queue.enqueue("quick", _job_id="warm-up")
    await until_complete(queue, "warm-up")
    await queue.enqueue("use_up_files", _job_id="job")
    await notes.until(job_id="job")
    start()
    # Its leases are kept: three of them pass.
    await until_gone(queue, 3500)
    notes.release()
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.job_try) == ("succeeded", 1)
    assert [note.pid for note in notes.all("started", "job")] == [first.pid]
