"""The web server of the browser tests, as a real process that a test can kill and start again."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.helpers import wait_until
from tests.servers import free_port

__all__ = ["WebProcess"]

ROOT = Path(__file__).parents[2]
UP_TIMEOUT_S = 20.0
END_TIMEOUT_S = 5.0


class WebProcess:
    """`arqlight web` on a port that it keeps, whenever it is started."""

    host = "127.0.0.1"

    def __init__(self, app: str, redis_url: str, directory: Path, *options: str) -> None:
        self.port = free_port()
        self.url = f"http://{self.host}:{self.port}"
        self.log = directory / f"web-{self.port}.log"
        self._words = ["web", "--app", app, "--port", str(self.port), "--redis-url", redis_url, *options]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        paths = [str(ROOT / "src"), str(ROOT)]
        environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "arqlight", *self._words],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._answers_or_ended, UP_TIMEOUT_S)
        assert self._process.poll() is None, self.output()

    def _answers_or_ended(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            return True
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/openapi.json").status_code == httpx.codes.OK
        return False

    def kill(self) -> None:
        """End it at once (SIGKILL). Fine to call when it has ended."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(END_TIMEOUT_S)
        self._process = None

    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")
