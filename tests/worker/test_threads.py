"""Plain functions run in threads, and never stall the loop."""

import signal

import pytest

from arqlight import JobRequest, Queue
from tests.helpers import eventually
from tests.worker.conftest import Start
from tests.worker.log import events, published, until_beats, until_complete, until_gone
from tests.worker.notes import Notes


async def test_blocking_functions_do_not_stall_the_loop(queue: Queue, start: Start, notes: Notes) -> None:
    """While ten block for several leases, others run and all leases are kept."""
    start(lease=1, max_jobs=20)
    await queue.enqueue_many([JobRequest("block", job_id=f"blocking-{n}") for n in range(10)])
    began = await notes.until(10)
    start(lease=1, max_jobs=20)

    while notes.all()[-1].at < began[0].at + 4:
        job_id = f"quick-{len(notes.all())}"
        await queue.enqueue("take", 0.05, _job_id=job_id)
        await until_complete(queue, job_id)
    notes.release()
    jobs = await until_complete(queue, *[f"blocking-{n}" for n in range(10)])

    assert {(job.outcome, job.result, job.job_try) for job in jobs} == {("succeeded", "blocked", 1)}


async def test_no_more_functions_block_than_there_are_threads(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start(threads=2)
    await queue.enqueue_many([JobRequest("block", job_id=f"job-{n}") for n in range(6)])
    await notes.until(2)
    await queue.enqueue("quick", _job_id="quick")
    await until_complete(queue, "quick")
    assert len(notes.all("started")) == 3
    notes.release()
    jobs = await until_complete(queue, *[f"job-{n}" for n in range(6)])
    assert {job.outcome for job in jobs} == {"succeeded"}


async def test_progress_reported_from_a_thread_is_in_the_log(queue: Queue, start: Start) -> None:
    start()
    await queue.enqueue("block_with_progress", 4, _job_id="job")
    (job,) = await until_complete(queue, "job")
    assert job.result == 4
    reported = await events(queue, "progress")
    assert [event["fraction"] for event in reported] == sorted(event["fraction"] for event in reported)
    assert len(reported) >= 2
    assert {"job_try": 1, "done": 2.0, "total": 4.0, "message": "step 2"}.items() <= reported[1].items() or (
        reported[1]["done"] > 2
    )


async def test_a_killed_workers_blocking_job_runs_elsewhere(queue: Queue, start: Start, notes: Notes) -> None:
    first = start()
    await queue.enqueue("block", _job_id="job")
    await notes.until()
    first.kill()
    start()
    await notes.until(2)
    notes.release()
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.job_try) == ("succeeded", 2)


@pytest.mark.parametrize("function", ["block"])
async def test_a_stalled_workers_blocking_job_does_not_overwrite(
    function: str, queue: Queue, start: Start, notes: Notes
) -> None:
    first = start()
    await queue.enqueue(function, _job_id="job")
    await notes.until()
    second = start()
    first.signal(signal.SIGSTOP)
    await notes.until(2)
    first.signal(signal.SIGCONT)
    await eventually(lambda: "lost its lease" in first.output())
    notes.release()
    (job,) = await until_complete(queue, "job")
    await notes.until(2, "ended")
    assert (job.outcome, job.job_try) == ("succeeded", 2)
    assert str(second.pid) in str(job.worker_id)


async def test_a_blocking_function_beyond_its_timeout_fails_its_job_and_frees_its_slot(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """Its thread cannot be stopped; what it returns later is dropped."""
    worker = start(max_jobs=1, threads=2)
    await queue.enqueue("block_most_one_second", _job_id="job")
    await queue.enqueue("quick", _job_id="next")
    job, following = await until_complete(queue, "job", "next", timeout=10)
    assert (job.outcome, job.error and job.error.type) == ("failed", "TimeoutError")
    assert following.outcome == "succeeded"
    assert notes.all("ended") == []

    notes.release()
    await notes.until(what="ended")
    await queue.enqueue("quick", _job_id="last")
    await until_complete(queue, "last")
    assert (await queue.look_up("job")).job.outcome == "failed"
    assert worker.stop() == 0


async def test_a_functions_timeout_begins_with_its_thread(queue: Queue, start: Start, notes: Notes) -> None:
    """It waited longer than that for a thread, and timed out without having been called."""
    start(threads=1)
    await queue.enqueue("block", _job_id="first")
    await notes.until(job_id="first")
    await queue.enqueue("block_most_one_second", _job_id="second")
    await until_gone(queue, 2000)
    assert (await queue.look_up("second")).job.status == "in_progress"
    notes.release()
    jobs = await until_complete(queue, "first", "second")
    assert {job.outcome for job in jobs} == {"succeeded"}


async def test_a_worker_whose_threads_all_hang_says_so_and_takes_no_more_jobs(
    queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(threads=2)
    await queue.enqueue_many([JobRequest("block_most_one_second", job_id=f"hung-{n}") for n in range(2)])
    jobs = await until_complete(queue, "hung-0", "hung-1")
    assert {job.error and job.error.type for job in jobs} == {"TimeoutError"}
    await eventually(lambda: "all 2 threads are held by plain functions" in worker.output())
    await queue.enqueue("block", _job_id="next")
    await until_beats(queue, worker, 3)
    assert (await queue.look_up("next")).job.status == "queued"

    notes.release()
    (job,) = await until_complete(queue, "next")
    assert job.outcome == "succeeded"
    assert worker.output().count("all 2 threads are held") == 1


async def test_threads_that_hang_take_slots(queue: Queue, start: Start, notes: Notes) -> None:
    worker = start(threads=2, max_jobs=2)
    await queue.enqueue("block_most_one_second", _job_id="hung")
    await until_complete(queue, "hung")
    await queue.enqueue_many([JobRequest("block", job_id=f"job-{n}") for n in range(3)])
    await notes.until(2)
    await until_beats(queue, worker, 3)
    assert (await published(queue, worker)).jobs_running == 1
    notes.release()
    await until_complete(queue, *[f"job-{n}" for n in range(3)])


async def test_a_worker_that_stops_hands_the_job_of_a_thread_back_last(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """While the others are handed back, and `on_shutdown` runs, the thread still works at its job."""
    worker = start("SlowShutdown", job_completion_wait=0, lease=60)
    await queue.enqueue("block", _job_id="in a thread")
    await queue.enqueue("hold", _job_id="coroutine")
    await notes.until(2)
    worker.signal(signal.SIGTERM)
    (shutting_down,) = await notes.until(what="on_shutdown")
    assert shutting_down.job_id == "coroutine queued, in a thread in_progress"
    assert worker.wait() == 0
    released = [event["job_id"] for event in await events(queue, "released")]
    assert released == ["coroutine", "in a thread"]
    assert "in a thread:block did not end" in worker.output()


async def test_what_a_thread_ends_as_its_worker_stops_counts(
    queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start("SlowShutdown", job_completion_wait=0, lease=60)
    await queue.enqueue("block", _job_id="in a thread")
    await notes.until()
    worker.signal(signal.SIGTERM)
    await notes.until(what="on_shutdown")
    notes.release()
    assert worker.wait() == 0
    (job,) = await until_complete(queue, "in a thread")
    assert (job.outcome, job.job_try) == ("succeeded", 1)


async def test_a_stray_stop_iteration_fails_the_job_at_once(queue: Queue, start: Start) -> None:
    """Python before 3.12 lets whoever waits for the thread wait for ever."""
    start()
    await queue.enqueue("exhaust", _job_id="job")
    (job,) = await until_complete(queue, "job", timeout=10)
    assert job.error is not None
    assert "StopIteration" in job.error.message


async def test_a_coroutine_function_that_looks_like_a_plain_one_is_awaited(
    queue: Queue, start: Start
) -> None:
    start()
    await queue.enqueue("disguised", "value", _job_id="job")
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.result) == ("succeeded", "value")
