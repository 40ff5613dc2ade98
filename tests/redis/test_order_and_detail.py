"""In which order jobs run, and how much of a job is told."""

from typing import Any

from arqlight import JobRequest, Queue, Worker


async def run_all(queue: Queue, function: Any) -> None:
    worker = Worker([function], redis_pool=queue.redis, burst=True, max_jobs=5_000, handle_signals=False)
    await worker.main()


async def test_jobs_of_a_batch_start_in_their_order(queue: Queue) -> None:
    started: list[int] = []

    async def note(ctx: dict[str, Any], number: int) -> None:
        started.append(number)

    note.__qualname__ = "note"
    await queue.enqueue_batch([JobRequest("note", (number,)) for number in range(1_500)])
    await run_all(queue, note)
    assert started == list(range(1_500))


async def test_a_job_alone_is_told_in_full_where_one_of_many_is_cut(queue: Queue) -> None:
    async def long(ctx: dict[str, Any]) -> str:
        return "x" * 9_000

    long.__qualname__ = "long"
    await queue.enqueue("long", _job_id="one")
    await run_all(queue, long)
    assert (await queue.look_up("one")).job.result == "x" * 9_000
    jobs, _ = await queue.look_up_many(["one"])
    assert "$truncated" in jobs[0].result


async def test_a_traceback_begins_with_the_users_code(queue: Queue) -> None:
    async def fail(ctx: dict[str, Any]) -> None:
        raise ValueError("no")

    fail.__qualname__ = "fail"
    await queue.enqueue("fail", _job_id="one")
    await run_all(queue, fail)
    error = (await queue.look_up("one")).job.error
    assert error is not None
    assert error.traceback is not None
    assert "in fail" in error.traceback
    assert "execute.py" not in error.traceback
