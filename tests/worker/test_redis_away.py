"""Redis is away and comes back: the worker waits, keeps what runs, writes what it holds, loses nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from redis.exceptions import RedisError

from arqlight import JobRequest, Queue
from tests.helpers import eventually
from tests.processes import WorkerProcess
from tests.servers import Valkey, free_port
from tests.worker.conftest import Start
from tests.worker.log import events, final_events, kinds, published, until_complete, until_redis_answers
from tests.worker.notes import Notes

AOF = {"appendonly": "yes", "appendfsync": "always"}


@pytest.fixture
def server() -> Iterator[Valkey]:
    """A Redis that keeps what it was told when it is killed."""
    with Valkey(**AOF) as started:
        yield started


@pytest.fixture
def forgetful_server() -> Iterator[Valkey]:
    """A Redis that starts empty."""
    with Valkey() as started:
        yield started


@pytest_asyncio.fixture
async def away_queue(server: Valkey) -> AsyncIterator[Queue]:
    """A queue on the server of the test's own."""
    async with Queue.connect(server.url) as queue:
        yield queue


async def bring_back(server: Valkey, queue: Queue) -> None:
    """Start the server again, and let this process's own client get over it."""
    server.start()
    await until_redis_answers(queue)


async def until_noticed(worker: WorkerProcess, times: int = 1) -> None:
    await eventually(lambda: worker.output().count("redis is away") >= times, 10)


@pytest.mark.parametrize("lease", [1, 9], ids=["longer than the lease", "within the lease"])
async def test_redis_killed_and_restarted_loses_and_repeats_nothing(
    lease: int, server: Valkey, away_queue: Queue, start: Start, notes: Notes
) -> None:
    queue = away_queue
    worker = start(redis_url=server.url, lease=lease, max_jobs=50)
    ids = [f"job-{n}" for n in range(100)]
    await queue.enqueue_many([JobRequest("hold", (n,), job_id=i) for n, i in enumerate(ids)])
    await notes.until(50)

    server.kill()
    await until_noticed(worker, 3)
    if lease == 1:
        # Nine heartbeats are missed within a lease; these are more.
        await eventually(lambda: worker.output().count("no heartbeat") >= 15, 20)
    await bring_back(server, queue)
    notes.release()
    jobs = await until_complete(queue, *ids)

    assert worker.running
    assert [job.result for job in jobs] == list(range(100))
    assert {job.job_try for job in jobs} == {1}
    assert len(notes.all("started")) == 100
    assert Counter(e["event"] for e in await final_events(queue)) == {"succeeded": 100}


async def test_results_of_jobs_that_end_while_redis_is_away_are_written_later(
    server: Valkey, away_queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(redis_url=server.url, lease=20)
    ids = [f"job-{n}" for n in range(20)]
    await away_queue.enqueue_many([JobRequest("hold", job_id=i) for i in ids])
    await notes.until(20)

    server.kill()
    notes.release()
    await notes.until(20, "ended")
    await until_noticed(worker)
    await bring_back(server, away_queue)
    jobs = await until_complete(away_queue, *ids)

    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 1)}
    assert len(notes.all("started")) == 20


async def test_tries_that_end_while_redis_is_away_are_followed_by_the_next(
    server: Valkey, away_queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(redis_url=server.url, lease=20)
    await away_queue.enqueue("again_when_released", _job_id="job")
    await notes.until()

    server.kill()
    notes.release()
    await until_noticed(worker)
    await bring_back(server, away_queue)
    (job,) = await until_complete(away_queue, "job")

    assert (job.outcome, job.result, job.job_try) == ("succeeded", 2, 2)
    assert await kinds(away_queue, "job") == ["enqueued", "started", "retrying", "started", "succeeded"]


async def test_redis_restarted_empty_gets_the_results_that_the_worker_holds(
    forgetful_server: Valkey, start: Start, notes: Notes
) -> None:
    server = forgetful_server
    worker = start(redis_url=server.url, lease=20)
    async with Queue.connect(server.url) as queue:
        await queue.enqueue("hold", "ended later", _job_id="runs on")
        await queue.enqueue("hold", "ended before", _job_id="other")
        await notes.until(2)
        server.kill()
        await until_noticed(worker)
        await bring_back(server, queue)
        await published(queue, worker)
        await queue.enqueue("quick", _job_id="new")
        await until_complete(queue, "new")
        notes.release()
        jobs = await until_complete(queue, "runs on", "other")

        assert [job.result for job in jobs] == ["ended later", "ended before"]
        assert len(notes.all("started", "runs on")) == 1
        assert worker.running
        assert await queue.redis.zcard("arq:queue") == 0


async def test_a_stalled_redis_is_waited_for(
    server: Valkey, away_queue: Queue, start: Start, notes: Notes
) -> None:
    """Connections stay open and nothing answers, for longer than a lease, as in a partition."""
    worker = start(redis_url=server.url, lease=3)
    await away_queue.enqueue_many([JobRequest("hold", job_id=f"job-{n}") for n in range(30)])
    await notes.until(30)

    with server.stalled():
        await eventually(lambda: worker.output().count("redis is away") >= 2, 20)
    await away_queue.enqueue("quick", _job_id="after")
    await until_complete(away_queue, "after")
    notes.release()
    jobs = await until_complete(away_queue, *[f"job-{n}" for n in range(30)])

    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 1)}
    assert len(notes.all("started")) == 31
    assert notes.all("cancelled") == []


async def test_a_fleet_whose_redis_is_away_for_less_than_the_lease_repeats_nothing(
    server: Valkey, away_queue: Queue, start: Start, notes: Notes
) -> None:
    workers = [start(redis_url=server.url, lease=9, max_jobs=20) for _ in range(2)]
    ids = [f"job-{n}" for n in range(60)]
    await away_queue.enqueue_many([JobRequest("hold", job_id=i) for i in ids])
    await notes.until(40)

    for times in (1, 2):
        server.kill()
        for worker in workers:
            await until_noticed(worker, times)
        await bring_back(server, away_queue)
        await eventually(away_queue.workers)
    notes.release()
    jobs = await until_complete(away_queue, *ids)

    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 1)}
    assert len(notes.all("started")) == 60
    assert all(worker.running for worker in workers)


async def kill_connections(queue: Queue, stop: asyncio.Event) -> int:
    """Kill all clients' connections again and again."""
    redis: Any = queue.redis
    killed = 0
    while not stop.is_set():
        try:
            killed += await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            killed += await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        except (RedisError, OSError):
            continue
        await asyncio.sleep(0.02)
    return killed


async def test_connections_killed_under_load_lose_and_repeat_nothing(
    queue: Queue, start: Start, notes: Notes, redis_url: str
) -> None:
    workers = [start(lease=20, max_jobs=10) for _ in range(2)]
    ids = [f"job-{n}" for n in range(600)]
    stop = asyncio.Event()
    async with Queue.connect(redis_url) as own:
        killer = asyncio.create_task(kill_connections(own, stop))
        enqueued = 0
        while enqueued < len(ids):
            try:
                await queue.enqueue("take", 0.02, _job_id=ids[enqueued])
                enqueued += 1
            except (RedisError, OSError):
                continue
        await notes.until(600, "ended", timeout=60)
        stop.set()
        assert await killer > 20
    jobs = await until_complete(queue, *ids)

    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 1)}
    assert Counter(note.job_id for note in notes.all("started")) == dict.fromkeys(ids, 1)
    assert await events(queue, "lost") == []
    assert all(worker.running for worker in workers)
    assert len(await final_events(queue)) == 600


@pytest.mark.parametrize("trouble", ["replica", "full", "busy"])
async def test_a_redis_that_refuses_to_write_for_a_while_gets_the_results_later(
    trouble: str, server: Valkey, away_queue: Queue, start: Start, notes: Notes
) -> None:
    """Failing over, it is a replica for a while; full; busy with somebody's script."""
    redis: Any = away_queue.redis
    worker = start(redis_url=server.url, lease=30)
    ids = [f"job-{n}" for n in range(20)]
    await away_queue.enqueue_many([JobRequest("hold", job_id=i) for i in ids])
    await notes.until(20)
    script: asyncio.Task[object] | None = None
    if trouble == "replica":
        await redis.execute_command("REPLICAOF", "127.0.0.1", free_port())
    elif trouble == "full":
        await redis.config_set("maxmemory", "1")
    else:
        await redis.config_set("busy-reply-threshold", "1")
        script = asyncio.create_task(run_for_ever(redis))

    notes.release()
    await notes.until(20, "ended")
    await eventually(lambda: worker.output().count("jobs wait to be written") >= 3)
    assert "redis refuses (" in worker.output()
    if trouble == "replica":
        await redis.execute_command("REPLICAOF", "NO", "ONE")
    elif trouble == "full":
        await redis.config_set("maxmemory", "0")
    elif script is not None:
        await redis.execute_command("SCRIPT", "KILL")
        await script
    jobs = await until_complete(away_queue, *ids)

    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 1)}
    assert len(notes.all("started")) == 20
    assert worker.running


async def run_for_ever(redis: Any) -> object:
    try:
        return await redis.execute_command("EVAL", "while true do end", 0)
    except RedisError as error:
        return error


async def test_forgotten_scripts_are_loaded_again(queue: Queue, start: Start, notes: Notes) -> None:
    start()
    await queue.enqueue("hold", _job_id="before")
    await notes.until()
    await queue.redis.script_flush()
    await queue.enqueue("quick", _job_id="after")
    notes.release()
    jobs = await until_complete(queue, "before", "after")
    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 1)}


async def test_a_job_that_redis_has_forgotten_is_put_back_with_its_record(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """Without its record it ended as expired."""
    first = start(lease=60, job_completion_wait=0)
    await queue.enqueue("hold", "kept", _job_id="handed back")
    await notes.until()
    await queue.redis.flushall()
    first.stop()
    start(lease=60)
    await notes.until(2, job_id="handed back")
    notes.release()
    (job,) = await until_complete(queue, "handed back")
    assert (job.outcome, job.result, job.job_try) == ("succeeded", "kept", 1)


async def test_a_worker_that_may_waits_for_a_redis_that_is_away_as_it_starts(start: Start) -> None:
    """Longer than the attempts that its settings allow, after which another one ends."""
    with Valkey() as server:
        server.kill()
        worker = start(redis_url=server.url, wait=False, wait_for_redis=True)
        await eventually(lambda: worker.output().count(" 5 retries remaining") >= 2, timeout=30)
        server.start()
        worker.wait_until_up()
        async with Queue.connect(server.url) as queue:
            await queue.enqueue("quick", "here", _job_id="job")
            (job,) = await until_complete(queue, "job")
    assert job.result == "here"
