"""`arqlight dev`: the page, alive with made-up load, and starting again when code changes."""

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from arqlight.demo import WorkerSettings, load
from tests.cli.commands import ARQLIGHT, ROOT, Command
from tests.helpers import wait_until

LINK = r"Made-up load, part 1: (\S+)"


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A development server that the tests of this module share."""
    directory = tmp_path_factory.mktemp("dev")
    with Command(*ARQLIGHT, "dev", directory=directory, env={"PORT": "0"}) as command:
        command.wait_for(LINK)
        yield command


def test_it_prints_the_address_of_a_page_with_a_batch_of_each_kind(dev: Command) -> None:
    link = dev.wait_for(LINK)
    assert link.startswith(dev.url)
    assert httpx.get(link).status_code == 200
    assert len(batches(dev)) == len(load.KINDS)


def batches(dev: Command) -> list[str]:
    """The ids of the batches that the page shows."""
    return parse_qs(urlsplit(dev.wait_for(LINK)).query)["batch"]


def test_its_jobs_end_in_every_way(dev: Command) -> None:
    outcomes = wait_until(
        lambda: seen(dev) >= {"succeeded", "failed", "aborted", "expired"} and seen(dev), timeout=30
    )
    assert outcomes


def seen(dev: Command) -> set[str]:
    """The outcomes that jobs have come to."""
    found = (dev.get(f"/api/batches/{batch}").json()["counts"] for batch in batches(dev))
    return {outcome for counts in found for outcome, count in counts.items() if count}


def test_failed_jobs_are_a_line_each(dev: Command) -> None:
    dev.wait_for(r"worker \| ERROR: .*fail_task failed", timeout=40)
    assert "Traceback" not in dev.output()


def test_worker_and_web_server_start_again_when_a_file_changes(
    start: Callable[..., Command], tmp_path: Path
) -> None:
    copy = tmp_path / "copy" / "arqlight"
    shutil.copytree(ROOT / "src" / "arqlight", copy, ignore=shutil.ignore_patterns("__pycache__"))
    dev = start("dev", "-v", PORT="0", PYTHONPATH=str(copy.parent))
    dev.wait_for(LINK)
    page = copy / "web" / "templates" / "pages" / "task.html"
    page.write_text(page.read_text().replace("tasks_form", "changed_form"))
    dev.wait_for(r"web \| WARNING: .*detected changes in .*task.html")
    dev.wait_for(r"worker \| INFO: files changed, starting the worker again")
    assert wait_until(lambda: "changed_form" in dev.get().text, timeout=20)
    assert wait_until(lambda: dev.output().count("Starting worker for") == 2, timeout=20)


def test_every_function_of_the_load_but_one_is_registered() -> None:
    known = {function.__name__ for function in WorkerSettings.functions}
    used = {make(number).function for make in load.KINDS for number in range(load.JOBS_OF_A_BATCH)}
    assert used - known == {"no_such_task"}


def test_the_load_is_gentle() -> None:
    due = sorted(make(n).due_ms(0) / 1000 for make in load.KINDS for n in range(load.JOBS_OF_A_BATCH))
    assert len(due) / load.SHOW_S < 1
    assert max(due) <= load.SHOW_S


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_leaves_nothing(start: Callable[..., Command], number: signal.Signals) -> None:
    dev = start("dev", PORT="0")
    dev.wait_for(LINK)
    dev.signal(number)
    dev.wait()
    # Killed outright, Valkey goes first, and the worker tries for ten seconds to hand back what it holds.
    assert wait_until(dev.leaves_nothing, timeout=30)
