"""Hooks of arq's that raise, and what ends a job otherwise than its function."""

import pytest

from arqlight import Queue
from tests.helpers import eventually
from tests.worker.conftest import Start
from tests.worker.log import kinds, published, until_complete
from tests.worker.notes import Notes


async def test_hooks_are_called_in_arqs_order(queue: Queue, start: Start, notes: Notes) -> None:
    start("Hooks")
    await queue.enqueue("quick", _job_id="job")
    await notes.until(what="after_job_end")
    assert [note.what for note in notes.all()] == [
        "on_job_start",
        "started",
        "on_job_end",
        "after_job_end begins",
        "after_job_end",
    ]


async def test_a_job_whose_on_job_start_raises_fails(queue: Queue, start: Start, notes: Notes) -> None:
    worker = start("BrokenStart")
    for n in range(3):
        await queue.enqueue("quick", _job_id=f"job-{n}")
    jobs = await until_complete(queue, *[f"job-{n}" for n in range(3)])
    assert {job.outcome for job in jobs} == {"failed"}
    assert {job.error.message for job in jobs if job.error} == {"on_job_start is broken"}
    assert notes.all("started") == []
    assert worker.running


@pytest.mark.parametrize("settings", ["BrokenEnd", "CancelledEnd"])
async def test_hooks_that_raise_after_the_function_change_nothing_of_its_end(
    settings: str, queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(settings)
    for n in range(3):
        await queue.enqueue("quick", n, _job_id=f"job-{n}")
    await queue.enqueue("fail", _job_id="failing")
    jobs = await until_complete(queue, *[f"job-{n}" for n in range(3)], "failing")

    assert [job.outcome for job in jobs] == ["succeeded", "succeeded", "succeeded", "failed"]
    await notes.until(4, "after_job_end")
    assert len(notes.all("on_job_end")) == 4
    assert worker.output().count("hook raised") == 8
    await eventually(lambda: worker.running)

    async def is_idle() -> bool:
        return (await published(queue, worker)).jobs_running == 0

    await eventually(is_idle)


async def test_after_job_end_is_called_without_a_lull(queue: Queue, start: Start, notes: Notes) -> None:
    """Others' ends are written all the time; the hook waits for its own job's end only."""
    start("Hooks", max_jobs=20)
    n = 0
    while not notes.all("after_job_end", "job-0"):
        assert n < 2000
        await queue.enqueue("quick", _job_id=f"job-{n}")
        n += 1
    await until_complete(queue, *[f"job-{i}" for i in range(n)])


async def test_a_job_beyond_its_timeout_fails(queue: Queue, start: Start, notes: Notes) -> None:
    start()
    await queue.enqueue("take_most_one_second", 30, _job_id="job")
    (job,) = await until_complete(queue, "job")
    assert job.outcome == "failed"
    assert job.error is not None
    assert job.error.type == "TimeoutError"
    assert await kinds(queue, "job") == ["enqueued", "started", "failed"]
    assert notes.all("ended") == []


async def test_what_a_hook_puts_into_ctx_is_there_after_the_jobs_end(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start("PassingOn")
    await queue.enqueue("quick", _job_id="job")
    await notes.until(what="from on_job_start", job_id="job")
