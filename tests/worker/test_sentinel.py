"""Redis behind a Sentinel, which makes a replica the master when the master dies."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from arq.connections import RedisSettings
from redis import Redis

from arqlight import JobRequest, Queue
from arqlight.demo.valkey import valkey_program
from tests.helpers import wait_until
from tests.processes import Process
from tests.servers import Valkey, free_port
from tests.worker.conftest import Start
from tests.worker.log import events, kinds, until_complete, until_redis_answers
from tests.worker.notes import Notes

CONFIG = """
port {port}
dir {directory}
sentinel monitor main 127.0.0.1 {master} 1
sentinel down-after-milliseconds main 500
sentinel failover-timeout main 2000
"""


@pytest.fixture
def master() -> Iterator[Valkey]:
    """The server that is the master at first. It has a replica."""
    with Valkey(repl_diskless_sync_delay="0") as master, Valkey() as replica:
        with Redis.from_url(replica.url) as redis:
            redis.replicaof(master.host, str(master.port))
            wait_until(lambda: redis.info("replication")["master_link_status"] == "up")
        yield master


@pytest.fixture
def sentinel_port(master: Valkey, tmp_path: Path) -> Iterator[int]:
    """A Sentinel that watches over both."""
    port = free_port()
    config = tmp_path / "sentinel.conf"
    config.write_text(CONFIG.format(port=port, directory=tmp_path, master=master.port))
    command = [str(valkey_program()), str(config), "--sentinel"]
    with Process(command, log=tmp_path / "sentinel.log") as sentinel, Redis(port=port) as redis:
        sentinel.start()
        wait_until(lambda: "monitor master main" in sentinel.output())
        # It asks the master for its replicas every ten seconds.
        wait_until(lambda: redis.execute_command("SENTINEL", "REPLICAS", "main"), timeout=20)
        yield port


@pytest_asyncio.fixture
async def queue(sentinel_port: int) -> AsyncIterator[Queue]:
    """A queue that asks the Sentinel where Redis is."""
    settings = RedisSettings(host=[("127.0.0.1", sentinel_port)], sentinel=True, sentinel_master="main")
    async with Queue.connect(settings) as queue:
        yield queue


async def test_running_jobs_outlive_a_failover(
    master: Valkey, sentinel_port: int, queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start("BySentinel", lease=15, env={"SENTINEL_PORT": str(sentinel_port)})
    running = [f"job-{n}" for n in range(20)]
    await queue.enqueue_many([JobRequest("hold", job_id=job_id) for job_id in running])
    await notes.until(20)
    assert await queue.redis.wait(1, 5000) == 1  # what the replica has not got is lost with the master
    master.kill()
    notes.release()
    await until_redis_answers(queue)
    jobs = await until_complete(queue, *running)
    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 1)}
    await queue.enqueue("quick", _job_id="later")
    await until_complete(queue, "later")
    assert len(notes.all("started")) == 21
    assert await events(queue, "lost") == []
    assert await kinds(queue, "later") == ["enqueued", "started", "succeeded"]
    assert worker.running


async def test_a_blocked_worker_keeps_its_jobs_by_way_of_the_sentinel(
    sentinel_port: int, queue: Queue, start: Start, notes: Notes
) -> None:
    env = {"SENTINEL_PORT": str(sentinel_port)}
    start("BySentinel", env=env)
    await queue.enqueue("hog", 3, _job_id="hog")
    await notes.until()
    start("BySentinel", env=env)
    (job,) = await until_complete(queue, "hog")
    assert (job.outcome, job.job_try) == ("succeeded", 1)
    assert await events(queue, "lost") == []
