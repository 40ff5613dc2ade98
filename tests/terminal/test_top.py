"""`arqlight top`: driven by its keys, and once in a real terminal."""

import os
import pty
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from arqlight import Queue
from arqlight.models import JobStatus
from arqlight.terminal.local import open_here
from arqlight.terminal.top import Top
from tests.cli.commands import ARQLIGHT, Command
from tests.helpers import eventually
from tests.terminal.conftest import Shop

Shown = tuple[Top, Pilot[None]]


@pytest_asyncio.fixture
async def shown(
    shop: Shop, queue: Queue, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shown]:
    """The view at 80 by 24 characters, once it shows the jobs that failed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HISTORY_URL", raising=False)
    await queue.enqueue("sleep", 60, _job_id="long-one")
    async with open_here(redis_url, None) as api:
        app = Top(api)
        async with app.run_test(size=(80, 24)) as pilot:
            await eventually(lambda: rows(app, "failed") == 2 and rows(app, "running") == 1, timeout=20)
            yield app, pilot


def rows(app: Top, name: str) -> int:
    return app.query_one(f"#{name}", DataTable).row_count


def said(app: Top) -> str:
    return str(app.query_one("#said", Static).content)


async def test_it_shows_queues_what_runs_and_what_failed(shown: Shown) -> None:
    app, _ = shown
    assert rows(app, "queues") == 1
    assert "1 worker" in str(app.query_one("#now", Static).content)


async def test_p_pauses_the_queue_and_resumes_it(shown: Shown, queue: Queue) -> None:
    _, pilot = shown
    await pilot.press("p")
    assert await queue.paused_since() is not None
    await pilot.press("p")
    assert await queue.paused_since() is None


async def test_r_runs_the_failed_job_again(shown: Shown) -> None:
    app, pilot = shown
    app.query_one("#failed", DataTable).focus()
    await pilot.press("r")
    await eventually(lambda: said(app).endswith(": enqueued"), timeout=20)


async def test_a_aborts_the_running_job_after_asking(shown: Shown, queue: Queue) -> None:
    app, pilot = shown
    await pilot.press("a")
    await eventually(lambda: len(app.screen_stack) == 2, timeout=20)
    await pilot.press("n")
    assert (await queue.look_up("long-one")).job.status == JobStatus.in_progress
    await pilot.press("a")
    await eventually(lambda: len(app.screen_stack) == 2, timeout=20)
    await pilot.press("y")
    await eventually(lambda: said(app) == "long-one: aborted", timeout=20)


@pytest.mark.parametrize("end", ["q", "\x03"])
def test_in_a_terminal_it_ends_cleanly(tmp_path: Path, redis_url: str, end: str) -> None:
    leader, follower = pty.openpty()
    try:
        terminal = {"TERM": "xterm-256color", "LINES": "24", "COLUMNS": "80"}
        with Command(
            *ARQLIGHT,
            "top",
            directory=tmp_path,
            env={"REDIS_URL": redis_url, **terminal},
            terminal=os.ttyname(follower),
        ) as command:
            command.wait_for("arq:queue")
            os.write(leader, end.encode())
            assert command.wait(10) == 0
            assert "Traceback" not in command.output()
    finally:
        os.close(leader)
        os.close(follower)
