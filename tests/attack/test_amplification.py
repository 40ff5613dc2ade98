"""Claim: the answer to a batch is bounded, however many jobs it has and however large they are."""

import json

import pytest

from arqlight import Queue
from arqlight.models import JobRequest


async def test_a_batch_that_names_one_job_ten_thousand_times_has_one_job(queue: Queue) -> None:
    await queue.enqueue("work", "x" * 56_000, _job_id="large")
    record = json.dumps({"queue": "arq:queue", "job_ids": ["large"] * 10_000})
    await queue.redis.set("arqlight:batch:b", record)
    batch = await queue.look_up_batch("b")
    assert batch is not None
    assert (batch.total, len(batch.jobs)) == (1, 1)


async def test_a_job_that_is_enqueued_twice_in_a_batch_is_in_it_once(queue: Queue) -> None:
    ref = await queue.enqueue_batch([JobRequest("work", job_id="same"), JobRequest("work", job_id="same")])
    assert ref.job_ids == ["same", None]
    assert await queue.batch_job_ids(ref.batch_id) == ("arq:queue", ["same"])


@pytest.mark.parametrize("argument", ["x" * 7_000, [1] * 3_000], ids=["text", "values"])
async def test_the_answer_to_a_batch_of_large_jobs_is_bounded_and_says_what_is_left_out(
    queue: Queue, argument: object
) -> None:
    ref = await queue.enqueue_batch([JobRequest("work", (argument,)) for _ in range(2_000)])
    batch = await queue.look_up_batch(ref.batch_id)
    assert batch is not None
    assert len(batch.model_dump_json()) < 8_000_000
    assert batch.counts["queued"] == 2_000
    assert batch.jobs[0].args == [argument]
    assert batch.jobs[0].omitted is None
    last = batch.jobs[-1]
    assert (last.function, last.args) == ("work", [])
    assert last.omitted == "there is too much in this answer; ask for the job alone"
    alone = (await queue.look_up(last.job_id)).job
    assert (alone.args, alone.omitted) == ([argument], None)
