"""`arqlight demo`: how it ends, and that it leaves nothing."""

import os
import pty
import signal
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from tests.cli.commands import Command
from tests.helpers import wait_until

QUICK_END_S = 8.0
"""It takes half a second on an idle machine, two with jobs running."""
PARTS = {
    "valkey-server": "The embedded Valkey",
    "arqlight worker": "The worker",
    "arqlight web": "The web server",
}


class Terminal(NamedTuple):
    """A terminal that only programs look at."""

    master: int
    path: str


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A new terminal."""
    master, slave = pty.openpty()
    yield Terminal(master, os.ttyname(slave))
    os.close(slave)


def start_tasks(demo: Command) -> None:
    """Have it work on something, so that it ends in the middle of work."""
    assert demo.post("/task", {"count": 20}).status_code == 201


def test_control_c_in_its_terminal_stops_it(start_demo: Callable[..., Command], terminal: Terminal) -> None:
    demo = start_demo(terminal=terminal.path)
    start_tasks(demo)
    os.write(terminal.master, b"\x03")
    assert demo.wait(QUICK_END_S) == 0
    assert demo.leaves_nothing()
    os.close(terminal.master)


def test_closing_its_terminal_stops_it(start_demo: Callable[..., Command], terminal: Terminal) -> None:
    demo = start_demo(terminal=terminal.path)
    start_tasks(demo)
    os.close(terminal.master)
    assert demo.wait(QUICK_END_S) == 0
    assert demo.leaves_nothing()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_it(start_demo: Callable[..., Command], number: signal.Signals) -> None:
    demo = start_demo()
    start_tasks(demo)
    demo.signal(number)
    assert demo.wait(QUICK_END_S) == 0
    assert demo.leaves_nothing()
    assert "Traceback" not in demo.output()
    assert "ended by itself" not in demo.output()


def test_a_signal_while_it_starts_stops_it(start: Callable[..., Command]) -> None:
    demo = start("demo", PORT="0")
    wait_until(lambda: any("arqlight web" in " ".join(p.cmdline()) for p in demo.family()), timeout=20)
    demo.signal(signal.SIGTERM)
    assert demo.wait(QUICK_END_S) == 0
    assert demo.leaves_nothing()
    assert "The page is at" not in demo.output()


def test_a_second_signal_ends_it_at_once(start_demo: Callable[..., Command]) -> None:
    demo = start_demo()
    web = demo.part("arqlight web")
    web.suspend()
    demo.signal(signal.SIGINT)
    demo.wait_for("Stopping")
    demo.signal(signal.SIGINT)
    began = time.monotonic()
    assert demo.wait(QUICK_END_S) == 0
    assert time.monotonic() - began < 3
    assert demo.leaves_nothing()


def test_a_part_that_does_not_stop_is_killed(start_demo: Callable[..., Command]) -> None:
    demo = start_demo()
    demo.part("arqlight worker").suspend()
    demo.signal(signal.SIGTERM)
    assert demo.wait() == 0
    assert demo.leaves_nothing()


def test_killing_it_outright_leaves_nothing_either(start_demo: Callable[..., Command]) -> None:
    demo = start_demo()
    start_tasks(demo)
    demo.signal(signal.SIGKILL)
    assert demo.wait() == -signal.SIGKILL
    assert wait_until(demo.leaves_nothing, timeout=QUICK_END_S)


@pytest.mark.parametrize("words", PARTS)
def test_when_a_part_dies_the_others_stop_and_the_reason_is_printed(
    start_demo: Callable[..., Command], words: str
) -> None:
    demo = start_demo()
    start_tasks(demo)
    demo.part(words).kill()
    assert demo.wait() == 1
    assert demo.leaves_nothing()
    assert f"{PARTS[words]} ended by itself (killed by SIGKILL)" in demo.output()
    assert "Traceback" not in demo.output()


def test_the_last_lines_of_a_part_that_died_are_printed(start_demo: Callable[..., Command]) -> None:
    demo = start_demo()
    demo.part("arqlight worker").terminate()
    assert demo.wait() == 1
    assert "The worker ended by itself (exit code 0), after writing:" in demo.output()
    assert "worker | INFO: Starting worker" in demo.output()
