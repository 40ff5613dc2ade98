"""The recorder, beside a real Valkey and real workers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from arq import Retry

from arqlight import Queue, Worker, keys
from arqlight.history import History, JobFilter, Recorder, run_recorder
from arqlight.history.recorder import FencedError
from arqlight.progress import report
from tests.helpers import eventually


async def add(ctx: dict[Any, Any], left: int, right: int = 0) -> int:
    return left + right


async def fail(ctx: dict[Any, Any], password: str) -> None:
    raise ValueError(f"no such user, password={password}")


async def again(ctx: dict[Any, Any]) -> str:
    if ctx["job_try"] == 1:
        raise Retry(defer=0.01)
    return "done"


async def half(ctx: dict[Any, Any]) -> None:
    for gate in ("test:half", "test:end"):
        while not await ctx["redis"].exists(gate):
            await asyncio.sleep(0.01)
        report(ctx, 0.5)


FUNCTIONS = [add, fail, again, half]


@pytest_asyncio.fixture
async def recorded(queue: Queue, history: History) -> AsyncIterator[History]:
    """A history that is kept of the queue."""
    async with run_recorder(queue, history):
        yield history


async def work_off(queue: Queue) -> None:
    """Run all jobs that there are."""
    worker = Worker(FUNCTIONS, redis_pool=queue.redis, burst=True, poll_delay=0.05, handle_signals=False)
    await worker.main()


async def caught_up(queue: Queue, history: History) -> bool:
    return await history.event_id() == await queue.events.last_id()


async def test_jobs_are_recorded_with_their_arguments_results_and_tries(
    queue: Queue, recorded: History
) -> None:
    sum_job = await queue.enqueue("add", 1, right=2)
    failing = await queue.enqueue("fail", password="hunter2")  # noqa: S106  it must not be written
    retried = await queue.enqueue("again")
    await work_off(queue)
    await eventually(lambda: caught_up(queue, recorded), timeout=10)

    found = await recorded.job(sum_job.job_id)
    assert found is not None
    assert (found.job.status, found.job.outcome, found.job.source) == ("complete", "succeeded", "events")
    assert (found.job.call, found.args, found.kwargs, found.result) == (
        "add(1, right=2)",
        [1],
        {"right": 2},
        3,
    )
    assert [one.ended for one in found.tries] == ["succeeded"]

    found = await recorded.job(failing.job_id)
    assert found is not None
    assert found.job.call == 'fail(password="[redacted]")'
    assert found.job.error_message == "no such user, password=[redacted]"
    (last,) = found.tries
    assert last.traceback is not None
    assert "raise ValueError" in last.traceback
    assert "hunter2" not in str(found)

    found = await recorded.job(retried.job_id)
    assert found is not None
    assert [(one.number, one.ended) for one in found.tries] == [(1, "retrying"), (2, "succeeded")]
    counts = (await recorded.counts()).counts
    assert (counts["succeeded"].value, counts["failed"].value) == (2, 1)
    failed = await recorded.jobs(JobFilter(outcomes=("failed",)))
    assert [job.job_id for job in failed.jobs] == [failing.job_id]


async def test_one_recorder_works_and_another_takes_over(queue: Queue, history: History) -> None:
    async with Queue.connect(redis_settings_of(queue)) as other:
        first = asyncio.create_task(Recorder(queue.redis, history).run())
        await queue.enqueue("add", 1)
        await eventually(lambda: caught_up(queue, history))
        second = asyncio.create_task(Recorder(other.redis, history).run())
        try:
            await queue.enqueue("add", 2)
            await eventually(lambda: caught_up(queue, history))
            first.cancel()
            await asyncio.wait([first])
            await queue.enqueue("add", 3)
            await eventually(lambda: caught_up(queue, history))
        finally:
            for task in (first, second):
                task.cancel()
            await asyncio.wait([first, second])
    assert (await history.counts()).counts["queued"].value == 3


def redis_settings_of(queue: Queue) -> str:
    options = queue.redis.connection_pool.connection_kwargs
    return f"redis://{options['host']}:{options['port']}/0"


async def test_a_job_whose_progress_and_end_are_read_together_stays_one_job(
    queue: Queue, history: History
) -> None:
    recorder = Recorder(queue.redis, history)
    assert await recorder._take_over()
    job = await queue.enqueue("half")
    working = asyncio.create_task(work_off(queue))

    async def is_started() -> bool:
        await recorder.step()
        return bool((await history.jobs(JobFilter(statuses=("in_progress",)))).jobs)

    async def has_told() -> bool:
        return await queue.events.last_id() != recorder.position

    await eventually(is_started)
    await queue.redis.set("test:half", 1)
    await eventually(has_told)
    await queue.redis.set("test:end", 1)
    await working
    assert await recorder.step() > 1
    found = await history.job(job.job_id)
    assert found is not None
    assert (found.job.outcome, found.incarnations) == ("succeeded", [])
    assert found.job.enqueue_ms is not None


async def test_a_recorder_that_was_overtaken_writes_nothing(queue: Queue, history: History) -> None:
    slow = Recorder(queue.redis, history)
    assert await slow._take_over()
    await queue.redis.delete(keys.recorder(history.id))
    quick = Recorder(queue.redis, history)
    assert await quick._take_over()
    await queue.enqueue("add", 1)
    assert await quick.step() == 1
    with pytest.raises(FencedError):
        await slow.step()
    assert (await history.counts()).counts["queued"].value == 1
