"""A function that blocks its worker's event loop. The worker is alive, and keeps its jobs."""

import asyncio
import re

from arqlight import JobRequest, Queue
from tests.worker.conftest import Start
from tests.worker.log import events, kinds, published, until_complete
from tests.worker.notes import Notes


async def test_a_worker_whose_loop_is_blocked_for_longer_than_its_lease_keeps_its_jobs(
    queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(max_jobs=3)
    await queue.enqueue_many([JobRequest("take", (0.5,), job_id=f"bystander-{n}") for n in range(2)])
    await notes.until(2)
    await queue.enqueue("hog", 4, _job_id="hog")
    await notes.until(job_id="hog")
    start(max_jobs=3)
    jobs = await until_complete(queue, "hog", "bystander-0", "bystander-1")
    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 1)}
    assert len(notes.all("started")) == 3
    assert await events(queue, "lost") == []
    assert "hog:hog has held up the event loop for " in worker.output()
    assert "tests/worker/settings.py:" in worker.output()
    assert ", in hog)" in worker.output()


async def test_it_shows_that_it_is_up_meanwhile(queue: Queue, start: Start, notes: Notes) -> None:
    worker = start()
    await queue.enqueue("hog", 60)
    await notes.until()
    await asyncio.sleep(4)  # a record lasts for the lease and two seconds more
    info = await published(queue, worker)
    assert info.jobs_running == 1
    notes.release()


async def test_a_job_that_blocks_beyond_its_timeout_is_given_to_another_worker(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start()
    await queue.enqueue("hog_most_one_second", 60, _job_id="job")
    await notes.until()
    start()
    await notes.until(2)
    notes.release()
    (job,) = await until_complete(queue, "job")
    assert job.job_try == 2
    assert (await kinds(queue, "job"))[:3] == ["enqueued", "started", "lost"]


async def test_the_log_names_the_users_line_not_that_of_the_library_that_it_called(
    queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(lease=2)
    await queue.enqueue("hog_in_a_library", 4, _job_id="hog")
    await until_complete(queue, "hog")
    assert re.search(r"\(\S+tests/worker/settings\.py:\d+, in hog_in_a_library\)", worker.output())
