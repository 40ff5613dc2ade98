"""A plain `arq` worker in place of ours also serves the page, from the same settings."""

from collections.abc import Callable
from functools import partial

import httpx
import pytest

from tests.cli.commands import Command
from tests.helpers import wait_until
from tests.processes import StartWorker

SETTINGS = "arqlight.demo.WorkerSettings"


@pytest.fixture
def page(start: Callable[..., Command], redis_url: str) -> str:
    """The address of a web server."""
    words = ("web", "--app", "arqlight.demo.app:app")
    return start(*words, PORT="0", REDIS_URL=redis_url).wait_for(r"Listening on (http://\S+)")


def test_it_runs_the_tasks_of_the_page(page: str, worker_process: StartWorker) -> None:
    worker_process(SETTINGS, kind="arq")
    created = httpx.post(f"{page}/task", json={"count": 5}, timeout=10).json()
    for task_id in created["task_ids"]:
        task = wait_until(partial(complete, page, task_id), timeout=20)
        assert 1 <= int(task["result"]) <= 10


def complete(page: str, task_id: str) -> dict[str, str]:
    """The task, once it is complete."""
    task: dict[str, str] = httpx.get(f"{page}/task/{task_id}", timeout=10).json()
    return task if task["status"] == "complete" else {}


def test_the_stream_tells_of_its_jobs_although_it_writes_no_events(
    page: str, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS, kind="arq")
    batch_id = httpx.post(f"{page}/task", json={"count": 2}, timeout=10).json()["batch_id"]
    with httpx.stream("GET", f"{page}/api/events?batch={batch_id}&after=0", timeout=30) as stream:
        lines = (line for line in stream.iter_lines() if '"status":"complete"' in line.replace(" ", ""))
        assert next(lines).startswith("data:")
