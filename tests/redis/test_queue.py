"""The parts of the client, each on its own, and the facade in front of them."""

from typing import Any

import pytest
from arq.connections import ArqRedis

from arqlight import AbortAnswer, JobRequest, JobStatus, Queue
from arqlight.events import EventLog
from arqlight.queue.control import Control
from arqlight.queue.enqueueing import Enqueueing
from arqlight.queue.lookup import Lookup
from arqlight.redis import LightRedis
from arqlight.scripts import EnqueueReply, Scripts


@pytest.fixture
def client(queue: Queue) -> LightRedis:
    return queue.redis


async def test_enqueueing_and_looking_up_work_without_a_queue_object(client: LightRedis) -> None:
    enqueueing, lookup = Enqueueing(client, batch_expiry_ms=60_000), Lookup(client)
    ref = await enqueueing.enqueue_batch([JobRequest("f", (n,)) for n in range(3)], "other")
    assert await lookup.batch_job_ids(ref.batch_id) == ("other", ref.job_ids)
    batch = await lookup.look_up_batch(ref.batch_id)
    assert batch is not None
    assert [(job.args, job.queue, job.status) for job in batch.jobs] == [
        ([n], "other", JobStatus.queued) for n in range(3)
    ]


async def test_control_works_without_a_queue_object(client: LightRedis) -> None:
    control = Control(client, Lookup(client), EventLog(client))
    await Enqueueing(client, batch_expiry_ms=1).enqueue_many([JobRequest("f", job_id="job")], "other")
    assert await control.abort("job", "other", wait=0) is AbortAnswer.aborted
    assert await control.abort("job", "other", wait=0) is AbortAnswer.finished
    assert await control.abort("nobody", "other", wait=0) is AbortAnswer.unknown


@pytest.mark.parametrize("options", [{"_job_id": 7}, {"_defer_by": "5"}, {"_expires": -1}, {"_job_try": "2"}])
async def test_what_cannot_be_enqueued_is_refused_before_redis_is_asked(
    options: dict[str, Any], queue: Queue, redis: ArqRedis
) -> None:
    with pytest.raises((TypeError, ValueError), match=" is "):
        await queue.enqueue("f", **options)
    with pytest.raises((TypeError, ValueError), match=" is "):
        await queue.redis.enqueue_job("f", **options)
    assert await redis.keys("*") == []


async def test_a_job_whose_own_id_is_taken_was_enqueued_by_the_same_call(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that sends a call again, since its reply was lost, finds its own job there."""
    enqueue = Scripts.enqueue

    async def enqueue_twice(scripts: Scripts, *args: Any, **kwargs: Any) -> EnqueueReply:
        await enqueue(scripts, *args, **kwargs)
        return await enqueue(scripts, *args, **kwargs)

    monkeypatch.setattr(Scripts, "enqueue", enqueue_twice)
    job = await queue.enqueue("f")
    assert job is not None
    assert await job.status() == JobStatus.queued
    assert await queue.enqueue("f", _job_id="mine") is None
