"""Switches that claims obey: a paused queue, a draining worker; and cron jobs that are off."""

import asyncio
import contextlib
from typing import Any

import pytest
from arq.cron import cron

from arqlight import JobRequest, Queue, Worker, keys
from arqlight.models import WorkerInfo
from tests.helpers import eventually
from tests.redis.lease import QUEUE, Player, kinds, log

WORKER = WorkerInfo(
    worker_id="host-1-a",
    host="host",
    pid=1,
    queue=QUEUE,
    start_ms=1,
    seen_ms=1,
    lease_s=15,
    max_jobs=10,
    job_timeout_s=300,
    max_tries=5,
    functions={},
    running=[],
    jobs_running=0,
    jobs_complete=0,
    jobs_failed=0,
    jobs_retried=0,
    memory_bytes=1,
    version="1",
)


async def beat(queue: Queue) -> bool:
    """A worker's heartbeat; whether it is told to claim nothing more."""
    reply = await queue.redis.scripts.heartbeat(
        QUEUE,
        worker_id=WORKER.worker_id,
        lease_ms=15_000,
        record=WORKER.model_dump_json(),
        record_expiry_ms=17_000,
        held=True,
        jobs=[],
    )
    return reply.draining


async def test_a_paused_queue_hands_out_nothing_until_it_is_resumed(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    assert await queue.paused_since() is None
    assert await queue.pause() is True
    assert await queue.pause() is False

    assert await player.claim() == []
    assert await player.claim(job_ids=["job"]) == []
    assert (await queue.paused_since() or 0) > 1_700_000_000_000
    assert await kinds(queue, "job") == ["enqueued"]

    assert await queue.resume() is True
    assert await queue.resume() is False
    assert [job.job_id for job in await player.claim()] == ["job"]
    assert await queue.paused_since() is None
    assert await kinds(queue, "") == ["paused", "resumed"]


async def test_another_queue_is_not_paused(queue: Queue) -> None:
    await queue.pause("other")
    await queue.enqueue("nap", _job_id="job")
    assert len(await Player(queue).claim()) == 1
    assert [event.queue for event in await queue.events.read("0-0") if event.event == "paused"] == ["other"]


async def test_what_runs_goes_on_while_the_queue_is_paused(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    job = await player.claim_one("job")
    await queue.pause()
    assert await player.beat(job) == ([], [])
    assert await player.finish(job) == []


async def test_resuming_wakes_workers_that_did_not_ask_for_it(queue: Queue) -> None:
    """A claim of a paused queue asks for no wake: enqueueing would wake workers in vain."""
    await queue.pause()
    await Player(queue).claim()
    assert await queue.redis.exists(keys.idle(QUEUE)) == 0
    async with queue.redis.pubsub() as pubsub:
        await pubsub.subscribe(keys.wake(QUEUE))
        await queue.resume()
        heard = [await pubsub.get_message(timeout=2) for _ in range(2)]
    assert [message and message["data"] for message in heard] == [1, b"wake"]
    assert await queue.redis.llen(keys.signal(QUEUE)) == 1  # type: ignore[misc]


async def test_a_draining_worker_is_handed_nothing_and_the_others_are(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    drained, other = Player(queue), Player(queue, "host-2-b")
    assert await beat(queue) is False
    assert await queue.drain_worker("host-1-a") == "draining"
    assert await queue.drain_worker("host-1-a") == "unchanged"

    assert await beat(queue) is True
    assert await drained.claim() == []
    assert [worker.draining for worker in await queue.workers()] == [True]
    assert len(await other.claim()) == 1
    assert await queue.redis.ttl(keys.draining("host-1-a")) > 80_000

    assert await queue.undrain_worker("host-1-a") == "undrained"
    assert await queue.undrain_worker("host-1-a") == "unchanged"
    await queue.enqueue("nap", _job_id="next")
    assert [job.job_id for job in await drained.claim()] == ["next"]
    assert [worker.draining for worker in await queue.workers()] == [False]
    assert await beat(queue) is False
    assert await log(queue, "") == [
        {"event": "draining", "worker_id": "host-1-a"},
        {"event": "undrained", "worker_id": "host-1-a"},
    ]


async def test_a_worker_that_is_not_up_is_not_drained(queue: Queue) -> None:
    assert await queue.drain_worker("host-9-z") == "unknown"
    assert await queue.undrain_worker("host-9-z") == "unknown"
    assert await queue.redis.exists(keys.draining("host-9-z")) == 0


async def test_a_cron_job_is_switched_off_and_on(queue: Queue) -> None:
    assert await queue.crons_off() == set()
    assert await queue.switch_cron("cron:tidy", on=True) is False
    assert await queue.switch_cron("cron:tidy", on=False) is True
    assert await queue.switch_cron("cron:tidy", on=False) is False
    assert await queue.crons_off() == {"cron:tidy"}
    assert await queue.crons_off("other") == set()
    assert await queue.switch_cron("cron:tidy", on=True) is True
    assert await queue.crons_off() == set()
    assert await log(queue, "") == [
        {"event": "cron_off", "cron": "cron:tidy"},
        {"event": "cron_on", "cron": "cron:tidy"},
    ]


async def test_a_slot_of_a_cron_job_that_is_off_is_refused_and_others_are_not(queue: Queue) -> None:
    await queue.switch_cron("cron:tidy", on=False)
    ids = ["cron:tidy:1764000000000", "cron:tidy", "cron:tidy:x", "cron:other:1764000000000", "7"]
    requests = [JobRequest("nap", job_id=job_id) for job_id in ids]
    assert await queue.enqueue_many(requests) == [None, *ids[1:]]
    assert await kinds(queue, ids[0]) == []
    assert await queue.enqueue("nap", _job_id=ids[0], _queue_name="other") is not None
    await queue.switch_cron("cron:tidy", on=True)
    await queue.redis.delete(keys.job(ids[0]))
    assert await queue.enqueue("nap", _job_id=ids[0]) is not None


async def test_a_worker_does_not_run_a_cron_job_that_is_off(queue: Queue) -> None:
    """Both would be due at once; that the one ran tells that the other had its turn."""
    ran: list[str] = []

    async def tidy(ctx: dict[str, Any]) -> None:
        ran.append("tidy")

    async def sweep(ctx: dict[str, Any]) -> None:
        ran.append("sweep")

    await queue.switch_cron("cron:tidy", on=False)
    crons = [
        cron(tidy, name="cron:tidy", run_at_startup=True),
        cron(sweep, name="cron:sweep", run_at_startup=True),
    ]
    worker = Worker(cron_jobs=crons, redis_pool=queue.redis, handle_signals=False, poll_delay=0.05)
    running = asyncio.create_task(worker.async_run())
    await eventually(lambda: ran)
    await worker.close()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert ran == ["sweep"]


async def test_no_more_than_a_thousand_cron_jobs_are_off(queue: Queue) -> None:
    await queue.redis.sadd(keys.crons_off(QUEUE), *[f"cron:{n}" for n in range(1000)])  # type: ignore[misc]
    with pytest.raises(ValueError, match="1,000 cron jobs of arq:queue are off"):
        await queue.switch_cron("cron:tidy", on=False)
    assert await queue.switch_cron("cron:7", on=True) is True
