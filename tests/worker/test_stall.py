"""A worker stalls past its lease and comes back: it does no harm."""

import signal

import pytest

from arqlight import Queue
from arqlight.models import JobStatus
from tests.helpers import eventually
from tests.worker.conftest import Start
from tests.worker.log import (
    events,
    final_events,
    kinds,
    published,
    until_beats,
    until_complete,
    until_event,
)
from tests.worker.notes import Notes


async def test_a_stalled_workers_job_runs_elsewhere_and_is_cancelled_where_it_stalled(
    queue: Queue, start: Start, notes: Notes
) -> None:
    first = start()
    await queue.enqueue("hold", "x", _job_id="job")
    await notes.until()
    second = start()

    first.signal(signal.SIGSTOP)
    await until_event(queue, "lost")
    await notes.until(2)
    first.signal(signal.SIGCONT)
    (cancelled,) = await notes.until(what="cancelled")

    assert cancelled.pid == first.pid
    await eventually(lambda: "job:hold lost its lease" in first.output())
    assert (await queue.look_up("job")).job.status == JobStatus.in_progress
    notes.release()
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.result, job.job_try) == ("succeeded", "x", 2)
    assert [note.pid for note in notes.all("ended")] == [second.pid]
    assert await kinds(queue, "job") == ["enqueued", "started", "lost", "started", "succeeded"]


@pytest.mark.parametrize("function", ["stubborn", "again_when_released", "sore"])
async def test_a_worker_that_comes_back_late_cannot_overwrite_or_reschedule(
    function: str, queue: Queue, start: Start, notes: Notes
) -> None:
    """Whatever its function makes of the lost lease: a result, another try, an error."""
    first = start()
    await queue.enqueue(function, _job_id="job")
    await notes.until()
    second = start()
    worker = await published(queue, second)

    first.signal(signal.SIGSTOP)
    await notes.until(2)
    notes.release()
    await until_complete(queue, "job")
    before = await queue.redis.get("arq:result:job")
    first.signal(signal.SIGCONT)
    await eventually(lambda: "lost its lease" in first.output())

    assert await queue.redis.get("arq:result:job") == before
    job = (await queue.look_up("job")).job
    assert (job.outcome, job.worker_id) == ("succeeded", worker.worker_id)
    assert len(await final_events(queue)) == 1
    assert await queue.redis.zcard("arq:queue") == 0
    assert await events(queue, "retrying") == []


async def test_a_worker_that_comes_back_late_keeps_the_job_if_no_other_took_it(
    queue: Queue, start: Start, notes: Notes
) -> None:
    # It polls seldom, so that it is not stopped between its look at the leases and a claim.
    only = start(poll_delay=1)
    ids = [f"job-{n}" for n in range(20)]
    for job_id in ids:
        await queue.enqueue("hold", _job_id=job_id)
    await notes.until(20)

    for _ in range(3):
        only.signal(signal.SIGSTOP)

        async def leases_have_lapsed() -> bool:
            return int(await queue.redis.exists(*[f"arq:in-progress:{job_id}" for job_id in ids])) == 0

        await eventually(leases_have_lapsed)
        only.signal(signal.SIGCONT)

        async def leases_are_back() -> bool:
            return int(await queue.redis.exists(*[f"arq:in-progress:{job_id}" for job_id in ids])) == 20

        await eventually(leases_are_back)
    notes.release()
    jobs = await until_complete(queue, *ids)

    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 1)}
    assert len(notes.all("started")) == 20
    assert notes.all("cancelled") == []
    assert await events(queue, "lost") == []


async def test_a_worker_that_stalls_for_less_than_its_lease_loses_nothing(
    queue: Queue, start: Start, notes: Notes
) -> None:
    first = start(lease=3)
    await queue.enqueue("hold", _job_id="job")
    await notes.until()
    second = start(lease=3)
    first.signal(signal.SIGSTOP)
    await queue.enqueue("quick", _job_id="meanwhile")
    await until_complete(queue, "meanwhile")
    first.signal(signal.SIGCONT)
    await queue.enqueue("quick", _job_id="later")
    await until_complete(queue, "later")
    notes.release()

    (job,) = await until_complete(queue, "job")

    assert (job.job_try, job.outcome) == (1, "succeeded")
    assert [note.pid for note in notes.all(job_id="meanwhile")] == [second.pid]


async def test_a_lost_job_counts_neither_as_done_nor_as_failed(
    queue: Queue, start: Start, notes: Notes
) -> None:
    first = start()
    await queue.enqueue("hold", _job_id="job")
    await notes.until()
    start()
    first.signal(signal.SIGSTOP)
    await notes.until(2)
    first.signal(signal.SIGCONT)
    await notes.until(what="cancelled")

    async def the_first_is_idle() -> bool:
        worker = await published(queue, first)
        assert (worker.jobs_complete, worker.jobs_failed, worker.jobs_retried) == (0, 0, 0)
        return worker.jobs_running == 0

    await eventually(the_first_is_idle)
    notes.release()
    await until_complete(queue, "job")


async def test_a_job_whose_lease_lapsed_before_it_could_start_is_not_started(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """The worker stood still between its claim and the claim's reply; another one has the job by then."""
    second = start(lease=1)
    second_id = (await published(queue, second)).worker_id
    await queue.drain_worker(second_id)
    first = start("LateClaim", lease=1)
    await published(queue, first)
    await queue.enqueue("hold", _job_id="job")
    await until_event(queue, "started")
    await queue.undrain_worker(second_id)
    await notes.until()
    # The first has its late reply by then.
    await until_beats(queue, first, 6)
    notes.release()
    (job,) = await until_complete(queue, "job")

    assert (job.outcome, job.job_try) == ("succeeded", 2)
    assert [note.pid for note in notes.all("started", "job")] == [second.pid]


async def test_a_job_whose_lease_lapsed_before_it_could_start_is_not_charged(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """No other worker is there; it gives the job back to itself."""
    start("LateClaim", lease=1)
    await queue.enqueue("quick", _job_id="job")
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.job_try) == ("succeeded", 1)
    assert await kinds(queue, "job") == ["enqueued", "started", "released", "started", "succeeded"]
