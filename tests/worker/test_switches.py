"""Real workers obey an operator: within a second, and at once when they may go on."""

from arqlight import Queue
from tests.helpers import eventually
from tests.worker.conftest import Start
from tests.worker.log import kinds, published, until_complete
from tests.worker.notes import Notes

# A worker's heartbeats come three times in its lease of a second.
BEATS_MS = 1000


async def until_they_have_beaten(queue: Queue) -> None:
    """Wait until every worker that is up has told of itself for so long since now."""
    begin = max(worker.seen_ms for worker in await queue.workers())

    async def have_beaten() -> bool:
        return all(worker.seen_ms > begin + BEATS_MS for worker in await queue.workers())

    await eventually(have_beaten)


async def test_no_worker_starts_a_job_of_a_paused_queue(queue: Queue, start: Start, notes: Notes) -> None:
    workers = [start(), start()]
    for worker in workers:
        await published(queue, worker)
    await queue.enqueue("quick", _job_id="first")
    await until_complete(queue, "first")

    await queue.pause()
    for n in range(5):
        await queue.enqueue("quick", _job_id=f"job-{n}")
    await until_they_have_beaten(queue)
    assert [note.job_id for note in notes.all("started")] == ["first"]
    assert [await kinds(queue, f"job-{n}") for n in range(5)] == [["enqueued"]] * 5

    await queue.resume()
    jobs = await until_complete(queue, *[f"job-{n}" for n in range(5)])
    assert {job.outcome for job in jobs} == {"succeeded"}
    assert all(worker.running for worker in workers)


async def test_a_resume_starts_what_waits_without_a_poll(queue: Queue, start: Start) -> None:
    start(poll_delay=30)
    await queue.pause()
    await queue.enqueue("quick", _job_id="job")
    await queue.resume()
    await until_complete(queue, "job", timeout=5)


async def test_a_drained_worker_leaves_jobs_to_the_other(queue: Queue, start: Start, notes: Notes) -> None:
    drained, other = start(), start()
    one = await published(queue, drained)
    await published(queue, other)
    assert await queue.drain_worker(one.worker_id) == "draining"
    ids = [f"job-{n}" for n in range(20)]
    for job_id in ids:
        await queue.enqueue("quick", _job_id=job_id)
    await until_complete(queue, *ids)
    assert {note.pid for note in notes.all("started")} == {other.pid}

    other.stop()
    assert await queue.undrain_worker(one.worker_id) == "undrained"
    await queue.enqueue("quick", _job_id="last")
    await until_complete(queue, "last")


async def test_a_job_that_is_made_due_starts_at_once(queue: Queue, start: Start) -> None:
    start(poll_delay=30)
    await queue.enqueue("quick", _job_id="job", _defer_by=3600)
    assert await queue.run_now("job") == "due_now"
    (job,) = await until_complete(queue, "job", timeout=5)
    assert job.outcome == "succeeded"


async def test_a_failed_job_is_run_again_by_a_worker_that_waits(queue: Queue, start: Start) -> None:
    start(poll_delay=30)
    await queue.enqueue("quick", "value", _job_id="job")
    await until_complete(queue, "job")
    assert await queue.retry("job") == "enqueued"
    (job,) = await until_complete(queue, "job", timeout=5)
    assert (job.outcome, job.result, job.job_try) == ("succeeded", "value", 1)
    assert await kinds(queue, "job") == ["enqueued", "started", "succeeded"] * 2
