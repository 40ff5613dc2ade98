"""`arqlight demo`: what it starts, and where."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from arq.connections import ArqRedis

from arqlight.web.pages.sections import console_pages
from tests.cli.commands import ARQLIGHT, Command
from tests.helpers import wait_until
from tests.servers import free_port

START_CPU_S = 4.0
"""Above what starting costs, about 1.5 s; not by the clock, since other tests may keep the machine busy."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A demo that the tests of this module share."""
    directory = tmp_path_factory.mktemp("demo")
    words = ("demo", "--environment", "try-out")
    with Command(*ARQLIGHT, *words, directory=directory, env={"PORT": "0"}) as command:
        assert command.url
        yield command


def test_it_prints_the_address_of_the_page_and_what_to_try(demo: Command) -> None:
    assert demo.url.startswith("http://127.0.0.1:")
    assert "press Start" in demo.output()
    assert "Ctrl-C stops" in demo.output()


def test_the_page_answers_once_the_address_is_printed(demo: Command) -> None:
    page = demo.get()
    assert page.status_code == 200
    assert "tasks_form" in page.text
    assert f'href="{console_pages("")[0].path}"' in page.text


def test_the_console_is_there_too_and_says_which_environment_it_is(demo: Command) -> None:
    assert f"{demo.url}/console/jobs" in demo.output()
    console = demo.get("/console/jobs")
    assert console.status_code == 200
    assert '<span class="environment">try-out</span>' in console.text


def test_tasks_are_run_to_the_end(demo: Command) -> None:
    response = demo.post("/task", {"count": 3})
    assert response.status_code == 201
    for task_id in response.json()["task_ids"]:
        done = wait_until(partial(finished, demo, task_id), timeout=20)
        assert done["status"] == "complete"
        assert 1 <= done["result"] <= 10


def finished(demo: Command, task_id: str) -> dict[str, Any]:
    """The task, once it is complete."""
    task: dict[str, Any] = demo.get(f"/task/{task_id}").json()
    return task if task["status"] == "complete" else {}


def test_it_is_three_processes_besides_itself_and_its_guard(demo: Command) -> None:
    lines = sorted(" ".join(process.cmdline()) for process in demo.family() if process.pid != demo.pid)
    assert len(lines) == 4
    for words in ("valkey-server", "arqlight worker", "arqlight web", "guard.py"):
        assert any(words in line for line in lines)


def test_the_web_server_and_valkey_listen_on_the_loopback_address_alone(demo: Command) -> None:
    listening = [
        connection.laddr.ip
        for process in demo.family()
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) == 2
    assert set(listening) == {"127.0.0.1"}


def test_the_password_of_the_embedded_valkey_is_not_in_any_command_line(demo: Command) -> None:
    address = demo.part("arqlight worker").environ()["REDIS_URL"]
    password = address.split(":")[2].split("@")[0]
    assert len(password) >= 20
    assert not any(password in " ".join(process.cmdline()) for process in demo.family())


def test_no_file_is_written(demo: Command) -> None:
    assert list(demo.temporary.rglob("*")) == []


def test_it_is_quiet_about_ordinary_work(demo: Command) -> None:
    assert demo.post("/task", {"count": 1}).status_code == 201
    assert "INFO" not in demo.output()
    assert "worker |" not in demo.output()


def test_starting_costs_little(start_demo: Callable[..., Command]) -> None:
    times = [process.cpu_times() for process in start_demo().family()]
    assert sum(time.user + time.system for time in times) < START_CPU_S


def test_the_port_is_the_one_in_the_environment(start_demo: Callable[..., Command]) -> None:
    port = free_port()
    assert start_demo(PORT=str(port)).url == f"http://127.0.0.1:{port}"


async def test_the_redis_is_the_one_in_the_environment(
    start_demo: Callable[..., Command], redis_url: str, redis: ArqRedis
) -> None:
    demo = start_demo(REDIS_URL=redis_url)
    assert not any("valkey-server" in " ".join(process.cmdline()) for process in demo.family())
    (task_id,) = demo.post("/task", {"count": 1}).json()["task_ids"]
    assert await redis.exists(f"arq:job:{task_id}", f"arq:result:{task_id}")


def test_an_empty_redis_url_means_the_embedded_valkey(start_demo: Callable[..., Command]) -> None:
    assert start_demo(REDIS_URL="").part("valkey-server").is_running()


def test_a_module_of_the_working_directory_hides_none_of_ours(
    start_demo: Callable[..., Command], tmp_path: Path
) -> None:
    (tmp_path / "redis.py").write_text("raise SystemExit('the wrong redis')")
    assert start_demo().get().status_code == 200


def test_every_line_of_the_parts_is_shown_when_asked_for(start: Callable[..., Command]) -> None:
    demo = start("demo", "-v", PORT="0")
    assert demo.wait_for(r"worker \| INFO: Starting worker")
    assert demo.wait_for(r"valkey \| .*Ready to accept connections")
    assert demo.wait_for(r"web \| INFO: +Listening on http")
