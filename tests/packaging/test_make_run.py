"""`make run`, as someone with a fresh clone types it."""

import os
import pty
import signal
from pathlib import Path

import pytest

from tests.cli.commands import Command
from tests.packaging.building import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MAKE_RUN = ("make", "--no-print-directory", "-C", str(ROOT), "run")


def test_control_c_ends_it_without_a_word_from_make(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    with Command(*MAKE_RUN, directory=tmp_path, env={"PORT": "0"}, terminal=os.ttyname(slave)) as demo:
        assert demo.get().status_code == 200
        os.write(master, b"\x03")
        assert demo.wait() in {0, -signal.SIGINT}
        assert demo.leaves_nothing()
        assert "make:" not in demo.output()


def test_sigterm_to_make_ends_the_demo(tmp_path: Path) -> None:
    with Command(*MAKE_RUN, directory=tmp_path, env={"PORT": "0"}) as demo:
        assert demo.get().status_code == 200
        demo.signal(signal.SIGTERM)
        assert demo.wait() in {0, -signal.SIGTERM}
        assert demo.leaves_nothing()


def test_port_is_taken_from_makes_command_line(tmp_path: Path) -> None:
    with Command(*MAKE_RUN, "PORT=nonsense", directory=tmp_path) as demo:
        assert demo.wait() != 0
        assert "nonsense" in demo.output()
