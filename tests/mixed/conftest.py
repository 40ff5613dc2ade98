"""Fixtures: fleets of workers of both kinds, and producers of both kinds."""

from collections.abc import Iterator, Sequence

import pytest

from tests.mixed.fleet import Producer, StartFleet, StartProducer
from tests.processes import StartWorker, WorkerKind, WorkerProcess


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
