"""Fleets of workers, and producers, of both kinds: what the fixtures `fleet` and `producer` start."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias

from tests.processes import ROOT, WorkerKind, WorkerProcess

__all__ = ["BOTH", "Producer", "StartFleet", "StartProducer"]

BOTH: Sequence[WorkerKind] = ("arqlight", "arq")
PRODUCER_TIMEOUT_S = 60

StartFleet: TypeAlias = Callable[[str, Sequence[WorkerKind]], list[WorkerProcess]]
StartProducer: TypeAlias = "Callable[[WorkerKind, int, str], Producer]"


class Producer:
    """A process that enqueues."""

    def __init__(self, kind: WorkerKind, count: int, id_prefix: str, redis_url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mixed.producer", kind, str(count), id_prefix],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "REDIS_URL": redis_url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def enqueued(self) -> int:
        """Wait for its end; how many jobs it enqueued that were new."""
        output, errors = self._process.communicate(timeout=PRODUCER_TIMEOUT_S)
        assert self._process.returncode == 0, errors
        return int(output)

    def kill(self) -> None:
        """End it if it is still there."""
        self._process.kill()
        self._process.communicate()
