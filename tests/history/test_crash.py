"""A recorder that is killed with SIGKILL at any moment, again and again, beside a worker that works.

What it wrote is what one gets by reading the log from its start. `ARQLIGHT_KILLS` says how often to kill.
"""

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from arq import Retry

from arqlight import JobRequest, Queue, Worker, keys
from arqlight.history import History, Recorder
from arqlight.history.rollups import roll_up
from arqlight.history.texts import index_some
from tests.helpers import eventually
from tests.history.tables import dump

KILLS = int(os.environ.get("ARQLIGHT_KILLS", "15"))
JOBS = 60
MOST_COMMITS = 10
# Made by time, or of what only a recorder that runs sees.
UNTOLD = ("meta", "depths", "workers", "audit")


async def add(ctx: dict[Any, Any], left: int) -> int:
    return left + 1


async def fail(ctx: dict[Any, Any], left: int) -> None:
    raise ValueError(f"not {left % 3}")


async def again(ctx: dict[Any, Any], left: int) -> int:
    if ctx["job_try"] == 1:
        raise Retry(defer=0.01)
    return left


async def work(queue: Queue, draw: random.Random) -> None:
    """Enqueue some jobs, abort and delete some, and run the rest, one of them twice."""
    names = ["add" for _ in range(3)] + [draw.choice(("add", "fail", "again")) for _ in range(JOBS - 3)]
    ids = await queue.enqueue_many([JobRequest(name, (draw.randrange(1000),)) for name in names])
    aborted, deleted, run_twice = (job_id for job_id in ids[:3] if job_id is not None)
    await queue.abort(aborted)
    await queue.delete(deleted)
    functions = [add, fail, again]
    worker = Worker(functions, redis_pool=queue.redis, burst=True, poll_delay=0.01, handle_signals=False)
    await worker.main()
    await queue.retry(run_twice)


@contextlib.asynccontextmanager
async def forker(
    redis_url: str, history_url: str, history_id: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.history.lives", redis_url, history_url, history_id),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # and what it started
        await process.wait()


async def start(process: asyncio.subprocess.Process) -> int:
    """Start a recorder; returns its process id."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"\n")
    return int(await process.stdout.readline())


async def after_some_commits(count: int, working: asyncio.Task[None], queue: Queue, history: History) -> None:
    """Wait until the recorder has committed so many times, or has nothing more to commit."""
    before = seen = await history.event_id()
    while count and not (working.done() and seen == await queue.events.last_id()):
        await asyncio.sleep(0.001)
        seen = await history.event_id()
        if seen != before:
            before, count = seen, count - 1


async def kill(pid: int, queue: Queue, history: History) -> None:
    os.kill(pid, signal.SIGKILL)
    # Its lock would lapse after ten seconds.
    await queue.redis.delete(keys.recorder(history.id))


async def tables(history: History) -> dict[str, list[dict[str, Any]]]:
    """What is in the tables once all is done that can wait."""
    while await history.database.write(roll_up):
        pass
    while await history.database.write(lambda connection: index_some(connection, 500)):
        pass
    found = await history.database.write(dump)
    newest = {row["job_id"]: row["seq"] for row in found["jobs"]}
    for row in found["jobs"]:
        if row["seq"] != newest[row["job_id"]]:
            # Redis has the arguments of the job's newer run alone.
            row |= {"args": None, "kwargs": None, "call": None}
    return {name: rows for name, rows in found.items() if name not in UNTOLD}


async def replay(queue: Queue, url: str) -> dict[str, list[dict[str, Any]]]:
    """What one recorder makes of the whole log."""
    async with await History.open(url) as history:
        recorder = Recorder(queue.redis, history)
        assert await recorder._take_over()
        while await recorder.step():
            pass
        while recorder._later:
            await recorder._keep_house(at_rest=True)
        return await tables(history)


@pytest.fixture
def replay_url(history_url: str, tmp_path: Any, request: pytest.FixtureRequest) -> str:
    """The URL of another empty database of the same kind."""
    if history_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/replay.db"
    return str(request.getfixturevalue("postgres").new_database("replay"))


@pytest.mark.timeout(120 + 15 * KILLS)
async def test_a_recorder_that_is_killed_at_any_moment_loses_and_doubles_nothing(
    redis_url: str, history_url: str, replay_url: str, history: History
) -> None:
    draw = random.Random()
    recorded_at_a_kill = []
    async with Queue.connect(redis_url) as queue, forker(redis_url, history_url, history.id) as process:
        for _ in range(KILLS):
            pid = await start(process)
            working = asyncio.create_task(work(queue, draw))
            await after_some_commits(draw.randrange(MOST_COMMITS), working, queue, history)
            await asyncio.sleep(draw.uniform(0, 0.02))
            await kill(pid, queue, history)
            recorded_at_a_kill.append(await history.event_id())
            await working
        pid = await start(process)

        async def caught_up() -> bool:
            if await history.event_id() != await queue.events.last_id():
                return False
            newest: dict[str, str | None] = {}
            async for job in history.stream_jobs():
                newest.setdefault(job.job_id, job.call)
            return all(newest.values())

        await eventually(caught_up, timeout=60 + 5 * KILLS)
        await kill(pid, queue, history)
        survived = await tables(history)
        meant = await replay(queue, replay_url)
    assert len(set(recorded_at_a_kill)) > KILLS / 2, "the kills fell into no recording"
    assert len(meant["jobs"]) >= KILLS * (JOBS - 1)
    for name, rows in meant.items():
        assert survived[name] == rows, name
