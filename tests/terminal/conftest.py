"""The operator's commands, run in this process against a real Redis with a real worker."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from click.testing import CliRunner

from arqlight import Queue
from arqlight.cli import main
from arqlight.models import JobStatus
from tests.helpers import eventually
from tests.processes import StartWorker

SETTINGS = "tests.server.work.WorkerSettings"


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON of each line."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Awaitable[Said]]


@pytest.fixture
def arqlight(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `arqlight` with the given words, on the test's Redis, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("HISTORY_URL", "ARQLIGHT_SERVER", "ARQLIGHT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REDIS_URL", redis_url)

    async def run(*words: str, answer: str | None = None, **env: str) -> Said:
        every = {"REDIS_URL": redis_url, **env}
        ran = await asyncio.to_thread(CliRunner().invoke, main, words, input=answer, env=every)
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exc_info
        return Said(ran.exit_code, ran.stdout, ran.stderr)

    return run


class Shop(NamedTuple):
    """Three jobs that ended: one well, two badly, with the same error."""

    good: str
    bad: tuple[str, str]


@pytest_asyncio.fixture
async def shop(queue: Queue, worker_process: StartWorker) -> AsyncIterator[Shop]:
    """A worker, and the jobs that it has run."""
    worker_process(SETTINGS)
    ids = ("aaaa-good", "bbbb-bad-1", "bbbb-bad-2")
    await queue.enqueue("echo", 1, _job_id=ids[0])
    for job_id in ids[1:]:
        await queue.enqueue("fail", "no such address", _job_id=job_id)

    async def is_over() -> bool:
        jobs, _ = await queue.look_up_many(ids)
        return all(job.status == JobStatus.complete for job in jobs)

    await eventually(is_over, timeout=20)
    yield Shop(ids[0], (ids[1], ids[2]))
