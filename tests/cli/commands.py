"""The `arqlight` command as a real process, and whatever it leaves behind."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from tests.helpers import wait_until

__all__ = ["ARQLIGHT", "ROOT", "Command", "run"]

ROOT = Path(__file__).parent.parent.parent
ARQLIGHT = (sys.executable, "-P", "-m", "arqlight")
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
ADDRESS = re.compile(r"The page is at (http://\S+)")


def command_line(process: psutil.Process) -> str:
    """How a process was started; empty if it has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


class Command:
    """A command that runs, its output in a file, in a session and a temporary directory of its own.

    Leaving its ``with`` block kills it and everything that it started.

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
        self._log = self.temporary.with_suffix(".log")
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                in_terminal(command, terminal) if terminal else command,
                cwd=directory,
                env=self._environment(env or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def _environment(self, env: Mapping[str, str]) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if name not in {"PORT", "REDIS_URL"}}
        paths = [str(ROOT / "src"), str(ROOT)]
        places = {"TMPDIR": str(self.temporary), "PYTHONPATH": os.pathsep.join(paths)}
        return {**ours, "PYTHONUNBUFFERED": "1", **places, **env}

    def output(self) -> str:
        """What it has written so far, to its log file."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def url(self) -> str:
        """The address that it printed, once it has."""
        return self.wait_for(ADDRESS).rstrip("/")

    def wait_for(self, pattern: str | re.Pattern[str], timeout: float = START_TIMEOUT_S) -> str:
        """Wait until it wrote this.

        :return: the pattern's first group
        :raises AssertionError: when it ends or the time is over first; shows what it wrote instead
        """
        wait_until(lambda: re.search(pattern, self.output()) or self._process.poll() is not None, timeout)
        found = re.search(pattern, self.output())
        assert found, f"it ended with {self._process.poll()}:\n{self.output()}"
        return str(found[found.re.groups and 1])

    def get(self, path: str = "/") -> httpx.Response:
        """Get a page of its web server."""
        return httpx.get(self.url + path, timeout=10)

    def post(self, path: str, body: Any) -> httpx.Response:
        """Post JSON to its web server."""
        return httpx.post(self.url + path, json=body, timeout=10)

    def signal(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to the process, or to its whole process group as a terminal does."""
        if group:
            os.killpg(self.pid, number)
        else:
            self._process.send_signal(number)

    def wait(self, timeout: float = STOP_TIMEOUT_S) -> int:
        """Wait for its end, and give its exit code."""
        return self._process.wait(timeout)

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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.family():
            with contextlib.suppress(psutil.Error):
                process.kill()
        self._process.wait(STOP_TIMEOUT_S)
        if error is not None:
            error.add_note(f"{self._process.args!r} wrote:\n{self.output()}")


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
