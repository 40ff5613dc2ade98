"""The real thing for the web benchmarks: web process and worker processes, on the embedded Valkey."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from harness.environments import BENCHMARKS
from harness.valkey import Valkey

DEMO_SETTINGS = "arqlight.demo.WorkerSettings"


class Stack(NamedTuple):
    """What is running."""

    url: str
    web_pid: int
    worker_pids: list[int]


@contextmanager
def running_stack(
    valkey: Valkey, *, workers: int = 1, settings: str = DEMO_SETTINGS, more: dict[str, str] | None = None
) -> Iterator[Stack]:
    """Start a web process on a free port, and workers; wait until both are ready; end them after use.

    more: variables of the web process's environment.
    """
    with ExitStack() as ends:
        words = ["--app", "arqlight.demo.app:app", "--port", "0"]
        web = ends.enter_context(running("web", words, valkey, more))
        pids = [ends.enter_context(running("worker", [settings], valkey)).pid for _ in range(workers)]
        yield Stack(_address(web), web.pid, _when_up(valkey, pids))


class _Process(NamedTuple):
    pid: int
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def running(
    command: str, options: list[str], valkey: Valkey, more: dict[str, str] | None = None
) -> Iterator[_Process]:
    """Run a command of arqlight's, with these variables in its environment beside our own."""
    environment = {
        **os.environ,
        **(more or {}),
        "REDIS_URL": valkey.url,
        "PYTHONPATH": os.pathsep.join([str(BENCHMARKS.parent / "src"), str(BENCHMARKS)]),
    }
    with tempfile.NamedTemporaryFile(prefix=f"arqlight-{command}-") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "arqlight", command, *options],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _Process(process.pid, process, Path(log.name))
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(web: _Process) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and web.process.poll() is None:
        found = re.search(r"Listening on (http://\S+)", web.log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    raise SystemExit(f"the web process did not start:\n{web.log.read_text()}")


def _when_up(valkey: Valkey, pids: list[int]) -> list[int]:
    """The pids, once that many workers have published themselves."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if int(valkey.command("ZCARD", "arqlight:workers")) >= len(pids):
            return pids
        time.sleep(0.05)
    raise SystemExit("the workers did not start")
