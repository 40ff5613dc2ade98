"""Workers publish themselves in Redis, and are gone from there when they are gone."""

import os
import socket
import time

from arqlight import Queue, __version__, keys
from tests.helpers import eventually
from tests.worker.conftest import Start
from tests.worker.log import published, until_complete
from tests.worker.notes import Notes


async def test_a_worker_says_who_and_where_it_is_and_what_it_can_run(
    queue: Queue, start: Start, notes: Notes
) -> None:
    process = start(lease=2, max_jobs=7, max_tries=4, job_timeout=99)
    worker = await published(queue, process)

    assert worker.host == socket.gethostname()
    assert worker.pid == process.pid
    assert worker.queue == "arq:queue"
    assert worker.version == __version__
    assert (worker.lease_s, worker.max_jobs, worker.max_tries, worker.job_timeout_s) == (2, 7, 4, 99)
    assert abs(worker.start_ms / 1000 - time.time()) < 60
    assert worker.memory_bytes > 10_000_000
    assert worker.functions["take"]["properties"]["seconds"] == {"type": "number"}
    assert worker.functions["take"]["required"] == ["seconds"]
    assert await queue.functions() == set(worker.functions)


async def test_a_worker_says_what_it_runs_and_what_it_has_done(
    queue: Queue, start: Start, notes: Notes
) -> None:
    process = start()
    await queue.enqueue("hold", _job_id="running")
    await queue.enqueue("quick", _job_id="done")
    await queue.enqueue("fail", _job_id="failing")
    await queue.enqueue("again", 2, _job_id="again")
    await until_complete(queue, "done", "failing", "again")

    async def is_told() -> bool:
        worker = await published(queue, process)
        counts = (worker.jobs_complete, worker.jobs_failed, worker.jobs_retried, worker.jobs_running)
        assert counts == (2, 1, 1, 1)
        return worker.running == ["running"]

    await eventually(is_told)


async def test_a_worker_says_when_its_cron_jobs_run(queue: Queue, start: Start) -> None:
    process = start("EverySecond", lease=1)

    async def has_next() -> int | None:
        worker = await published(queue, process)
        assert worker.crons["tick"].words == "every second"
        return worker.crons["tick"].next_ms

    first = await eventually(has_next)
    assert abs(first / 1000 - time.time()) < 60

    async def goes_on() -> bool:
        return (await has_next() or 0) > first

    await eventually(goes_on)


async def test_a_killed_workers_record_expires(queue: Queue, start: Start) -> None:
    process = start(lease=1)
    worker = await published(queue, process)
    process.kill()

    async def is_gone() -> bool:
        return await queue.workers() == []

    await eventually(is_gone, 10)
    assert await queue.functions() is None
    assert await queue.redis.exists(keys.worker(worker.worker_id)) == 0
    # Another worker's heartbeat clears it from the index too.
    other = start(lease=1)
    await published(queue, other)
    assert len(await queue.redis.zrange(keys.WORKERS, 0, -1)) == 1


async def test_a_stopped_workers_record_is_gone_at_once(queue: Queue, start: Start) -> None:
    process = start(lease=60)
    await published(queue, process)
    process.stop()
    assert await queue.workers() == []
    assert await queue.redis.zcard(keys.WORKERS) == 0


async def test_workers_of_different_queues_are_told_apart(queue: Queue, start: Start) -> None:
    process = start(queue_name="other")
    assert (await published(queue, process)).queue == "other"
    assert await queue.functions() is None
    assert await queue.functions(queue_name="other")
    await queue.enqueue("quick", os.getpid(), _job_id="job", _queue_name="other")

    async def is_done() -> bool:
        return (await queue.look_up("job", queue_name="other")).job.status == "complete"

    await eventually(is_done)


async def test_a_worker_without_the_log_publishes_nothing_and_works(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start(log_cap=0)
    await queue.redis.delete(keys.EVENTS)
    queue.redis.log_cap = 0
    await queue.redis.scripts.enqueue("arq:queue", [], expires_extra_ms=1)
    await queue.enqueue("take", 2, _job_id="job")
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.job_try) == ("succeeded", 1)
    assert await queue.workers() == []
