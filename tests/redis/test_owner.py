"""Whose a job is goes with it: into its record, its event, and its result however it ends."""

import json
from typing import Any

import pytest
from arq.connections import ArqRedis
from arq.worker import Worker as ArqWorker

from arqlight import JobRequest, Queue, Worker
from arqlight.events import START


async def work(ctx: dict[str, Any]) -> str:
    return "done"


async def fail(ctx: dict[str, Any]) -> None:
    raise ValueError("no")


async def run_all(queue: Queue) -> None:
    await Worker([work, fail], redis_pool=queue.redis, burst=True, handle_signals=False).main()


async def owner_of(queue: Queue, job_id: str) -> str | None:
    return (await queue.look_up(job_id)).job.owner


async def test_an_owner_is_known_before_and_after_the_job_ran(queue: Queue) -> None:
    await queue.enqueue("work", _job_id="good", _owner="ada")
    await queue.enqueue_many(
        [JobRequest("fail", job_id="bad", owner="eve"), JobRequest("work", job_id="free")]
    )
    before = [await owner_of(queue, job_id) for job_id in ("good", "bad", "free")]
    await run_all(queue)
    after = [await owner_of(queue, job_id) for job_id in ("good", "bad", "free")]
    assert before == after == ["ada", "eve", None]


async def test_an_owner_is_known_of_a_batchs_jobs_and_of_an_aborted_one(queue: Queue) -> None:
    ref = await queue.enqueue_batch([JobRequest("work", owner="ada"), JobRequest("work", owner="eve")])
    first, second = (str(job_id) for job_id in ref.job_ids)
    await queue.abort(first)
    await run_all(queue)
    batch = await queue.look_up_batch(ref.batch_id)
    assert batch is not None
    assert [(job.outcome, job.owner) for job in batch.jobs] == [("aborted", "ada"), ("succeeded", "eve")]
    assert await owner_of(queue, second) == "eve"


async def test_the_event_tells_the_owner_where_there_is_one(queue: Queue) -> None:
    await queue.enqueue("work", _owner='a"da')
    await queue.enqueue("work")
    told = [json.loads(event.data) for event in await queue.events.read(START)]
    assert [data.get("owner", "none") for data in told] == ['a"da', "none"]


async def test_plain_arq_runs_a_job_that_has_an_owner(queue: Queue, redis: ArqRedis) -> None:
    await queue.enqueue("work", _job_id="one", _owner="ada")
    await ArqWorker([work], redis_pool=redis, burst=True, handle_signals=False).main()
    assert (await queue.look_up("one")).job.result == "done"


async def test_an_owner_is_a_text(queue: Queue) -> None:
    with pytest.raises(TypeError, match="owner is 7, not text"):
        await queue.enqueue("work", _owner=7)  # type: ignore[call-overload]
