"""Real processes for tests: any command, and worker processes, arqlight's and plain arq's."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from tests.helpers import wait_until

__all__ = ["ROOT", "Process", "StartWorker", "WorkerKind", "WorkerProcess"]

ROOT = Path(__file__).parent.parent
STARTED_LOG_LINE = "Starting worker for "
UP_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0

WorkerKind = Literal["arqlight", "arq"]

COMMANDS: Mapping[WorkerKind, Sequence[str]] = {
    "arqlight": (sys.executable, "-m", "arqlight", "worker"),
    "arq": (sys.executable, "-m", "arq"),
}


class Process:
    """A command that runs in a session of its own. Leaving its ``with`` block kills it and its children.

    :param command: the words of the command line
    :param log: the file that its output goes to
    :param env: environment variables besides the test's own; None takes one away
    :param directory: where it runs
    """

    _process: subprocess.Popen[bytes]

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str | None] | None = None,
        directory: Path = ROOT,
    ) -> None:
        self.command = list(command)
        self.log = log
        self._directory = directory
        paths = [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **(env or {})}
        self._environment = {name: value for name, value in environment.items() if value is not None}

    def start(self) -> None:
        """Start it, again if it has ended. What it writes is added to the log."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its number, which is its session's and its process group's too."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def signal(self, signum: signal.Signals) -> None:
        """Send a signal to the process (not to its children)."""
        self._process.send_signal(signum)

    def wait(self, timeout: float = STOP_TIMEOUT_S) -> int:
        """Wait for its end, and give its exit code (negative: the signal that ended it).

        :raises subprocess.TimeoutExpired: when it is still there after ``timeout`` seconds
        """
        return self._process.wait(timeout)

    def stop(self, timeout: float = STOP_TIMEOUT_S) -> int:
        """Ask it to end (SIGTERM), and give its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self) -> None:
        """End it and its children at once (SIGKILL). Fine to call when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(STOP_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


class WorkerProcess(Process):
    """A worker started by its command line.

    :param kind: whose worker: arqlight's or plain arq's
    :param words: the rest of the command line: dotted path of the settings class, options
    :param env: environment variables, besides the test's own
    :param log: the file that its output goes to
    """

    def __init__(self, kind: WorkerKind, words: Sequence[str], *, env: Mapping[str, str], log: Path) -> None:
        super().__init__([*COMMANDS[kind], *words], log=log, env=env)
        self.kind = kind
        self.start()

    def wait_until_up(self, timeout: float = UP_TIMEOUT_S) -> None:
        """Wait until it says that it started.

        :raises AssertionError: when it ended instead, or said nothing within ``timeout`` seconds
        """
        wait_until(self._is_up_or_ended, timeout)
        if not self._is_up():
            raise AssertionError(f"{self} ended with {self._process.returncode}:\n{self.output()}")

    def _is_up(self) -> bool:
        return STARTED_LOG_LINE in self.output()

    def _is_up_or_ended(self) -> bool:
        return self._is_up() or not self.running

    def __repr__(self) -> str:
        return f"<{self.kind} worker {self.pid}: {' '.join(self.command)}>"


class StartWorker:
    """Starts worker processes, and knows those that it started.

    :param redis_url: the Redis that they are given, as ``REDIS_URL``
    :param directory: where their output goes
    """

    def __init__(self, redis_url: str, directory: Path) -> None:
        self.redis_url = redis_url
        self.directory = directory
        self.started: list[WorkerProcess] = []

    def __call__(
        self,
        settings: str,
        *args: str,
        kind: WorkerKind = "arqlight",
        redis_url: str | None = None,
        env: Mapping[str, str] | None = None,
        wait: bool = True,
    ) -> WorkerProcess:
        """Start a worker process, and wait until it says that it started.

        :param settings: dotted path of the settings class, which should take its Redis from ``REDIS_URL``
        :param args: further words of the command line
        :param kind: arqlight's worker, or plain arq's
        :param redis_url: another Redis than the test process's own
        :param env: further environment variables
        :param wait: False to return at once
        :raises AssertionError: when it ended instead, or did not say so in time
        """
        worker = WorkerProcess(
            kind,
            [settings, *args],
            env={"REDIS_URL": redis_url or self.redis_url, **(env or {})},
            log=self.directory / f"worker-{len(self.started) + 1}.log",
        )
        self.started.append(worker)
        if wait:
            worker.wait_until_up()
        return worker

    def kill_all(self) -> None:
        """End them all at once."""
        for worker in self.started:
            worker.kill()
