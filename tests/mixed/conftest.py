"""Fleets of workers of both kinds, producers of both kinds, and what the jobs noted."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pytest
from arq.connections import ArqRedis

from tests.mixed.settings import RUNS
from tests.processes import ROOT, StartWorker, WorkerKind, WorkerProcess

StartFleet: TypeAlias = "Callable[[str, Sequence[WorkerKind]], list[WorkerProcess]]"
StartProducer: TypeAlias = "Callable[[WorkerKind, int, str], Producer]"
PRODUCER_TIMEOUT_S = 60


@dataclass(frozen=True)
class Run:
    """What a job noted as a worker began to run it."""

    job_id: str
    job_try: int
    kind: str


async def noted_runs(redis: ArqRedis) -> list[Run]:
    """All runs so far, in order."""
    return [Run(**json.loads(run)) for run in await redis.lrange(RUNS, 0, -1)]


@pytest.fixture
def fleet(worker_process: StartWorker) -> StartFleet:
    """Starts one worker for each kind in a list, all of one settings class of `tests.mixed.settings`."""

    def start(settings: str, kinds: Sequence[WorkerKind]) -> list[WorkerProcess]:
        path = f"tests.mixed.settings.{settings}"
        workers = [worker_process(path, kind=kind, env={"WORKER_KIND": kind}, wait=False) for kind in kinds]
        for worker in workers:
            worker.wait_until_up()
        return workers

    return start


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


@pytest.fixture
def producer(redis_url: str) -> Iterator[StartProducer]:
    """Starts producers of a kind: how many jobs, and what their ids begin with."""
    producers: list[Producer] = []

    def start(kind: WorkerKind, count: int, id_prefix: str) -> Producer:
        producers.append(Producer(kind, count, id_prefix, redis_url))
        return producers[-1]

    yield start
    for started in producers:
        started.kill()
