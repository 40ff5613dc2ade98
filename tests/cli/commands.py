"""The `arqlight` command as a real process, and whatever it leaves behind."""

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import psutil

from tests.helpers import wait_until
from tests.processes import ROOT, Process

__all__ = ["ARQLIGHT", "ROOT", "Command", "run"]

ARQLIGHT = (sys.executable, "-P", "-m", "arqlight")
START_TIMEOUT_S = 60.0
ADDRESS = re.compile(r"The page is at (http://\S+)")


def command_line(process: psutil.Process) -> str:
    """How a process was started; empty if it has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


class Command(Process):
    """A command in a temporary directory of its own. Leaving its ``with`` block kills all that it started.

    :param command: the words of the command line
    :param directory: where its output and its directories go
    :param env: environment variables on top of ours, of which PORT and REDIS_URL are not passed on
    :param terminal: the path of a terminal that it is to be started in
    """

    def __init__(
        self,
        *command: str,
        directory: Path,
        env: Mapping[str, str] | None = None,
        terminal: str | None = None,
    ) -> None:
        self.temporary = Path(tempfile.mkdtemp(prefix="tmp-", dir=directory))
        ours = {"PORT": None, "REDIS_URL": None, "PYTHONUNBUFFERED": "1", "TMPDIR": str(self.temporary)}
        super().__init__(
            in_terminal(command, terminal) if terminal else command,
            log=self.temporary.with_suffix(".log"),
            env={**ours, **(env or {})},
            directory=directory,
        )
        self.start()

    @property
    def url(self) -> str:
        """The address that it printed, once it has."""
        return self.wait_for(ADDRESS).rstrip("/")

    def wait_for(self, pattern: str | re.Pattern[str], timeout: float = START_TIMEOUT_S) -> str:
        """Wait until it wrote this.

        :return: the pattern's first group
        :raises AssertionError: when it ends or the time is over first; shows what it wrote instead
        """
        wait_until(lambda: re.search(pattern, self.output()) or not self.running, timeout)
        found = re.search(pattern, self.output())
        assert found, f"it ended with {self._process.returncode}:\n{self.output()}"
        return str(found[found.re.groups and 1])

    def get(self, path: str = "/") -> httpx.Response:
        """Get a page of its web server."""
        return httpx.get(self.url + path, timeout=10)

    def post(self, path: str, body: Any) -> httpx.Response:
        """Post JSON to its web server."""
        return httpx.post(self.url + path, json=body, timeout=10)

    def family(self) -> list[psutil.Process]:
        """Every process of its session: it, and whatever it started, however indirectly."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return os.getsid(process.pid) == self.pid and process.status() != psutil.STATUS_ZOMBIE
        except (psutil.Error, OSError):
            return False

    def part(self, words: str) -> psutil.Process:
        """The one process of the family whose command line holds these words."""
        (found,) = (process for process in self.family() if words in command_line(process))
        return found

    def leaves_nothing(self) -> bool:
        """Whether no process of the family is left, nor any file in its temporary directory.

        :raises AssertionError: says what is left
        """
        family = [line for line in map(command_line, self.family()) if line]
        files = [str(path) for path in self.temporary.rglob("*")]
        assert not family, f"processes are left: {family}"
        assert not files, f"files are left: {files}"
        return True

    def kill(self) -> None:
        """End it and everything that it started, however indirectly."""
        for process in self.family():
            with contextlib.suppress(psutil.Error):
                process.kill()
        self.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if error is not None:
            error.add_note(f"{self.command!r} wrote:\n{self.output()}")


def in_terminal(command: Sequence[str], terminal: str) -> list[str]:
    """A command line that makes the terminal the command's own, which the first that a session opens is."""
    return ["/bin/sh", "-c", 'terminal=$1; shift; exec "$@" <"$terminal"', "sh", terminal, *command]


def run(
    *command: str, directory: Path, env: Mapping[str, str] | None = None, timeout: float = 30
) -> tuple[int, str]:
    """Run a command to its end.

    :return: its exit code and its output
    """
    with Command(*command, directory=directory, env=env) as process:
        return process.wait(timeout), process.output()
