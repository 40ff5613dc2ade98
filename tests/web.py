"""The web server as a real process."""

import contextlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import psutil

from tests.helpers import wait_until
from tests.processes import Process
from tests.servers import free_port

__all__ = ["Web"]

START_TIMEOUT_S = 60.0


class Web(Process):
    """A web server process, started by its command line, on a port that it keeps.

    :param app: an application, such as ``tests.server.apps:tutorial``
    :param redis_url: the Redis that it is given, as ``REDIS_URL``
    :param log: the file that its output goes to
    :param options: further words of the command line
    :param command: another command than uvicorn's; it is given ``--port`` too
    :param env: further environment variables
    """

    host = "127.0.0.1"

    def __init__(
        self,
        app: str,
        *,
        redis_url: str,
        log: Path,
        options: Sequence[str] = (),
        command: Sequence[str] = (sys.executable, "-m", "uvicorn"),
        env: Mapping[str, str] = {},
    ) -> None:
        self.port = free_port()
        self.url = f"http://{self.host}:{self.port}"
        words = [*command, app, "--port", str(self.port), *options]
        places = {"REDIS_URL": redis_url, "HISTORY_URL": f"sqlite:///{log.parent}/history.db"}
        super().__init__(words, log=log, env={**places, **env})
        self.start()

    def start(self) -> None:
        """Start it, again if it has ended, and wait until it answers."""
        super().start()
        wait_until(self._answers_or_ended, START_TIMEOUT_S)
        assert self.running, self.output()

    def _answers_or_ended(self) -> bool:
        if not self.running:
            return True
        if not self._listens():
            return False  # who answers there is somebody else
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{self.url}/openapi.json")
            return True
        return False

    def _listens(self) -> bool:
        with contextlib.suppress(psutil.Error):
            own = psutil.Process(self.pid).net_connections("tcp4")
            return any(one.status == psutil.CONN_LISTEN and one.laddr[1] == self.port for one in own)
        return False

    def memory(self) -> int:
        """How many bytes of memory it uses."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def cpu_seconds(self) -> float:
        """How much processor time it has used."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)
