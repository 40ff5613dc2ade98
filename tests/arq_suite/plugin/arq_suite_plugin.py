"""A pytest plugin, loaded into the process that runs arq's test suite, before any of its modules.

It changes two things, and none of the suite's own lines: where the suite's Redis comes from, and whose
``Worker`` it finds in ``arq``. It also writes down how each test ended.
"""

import importlib
import json
import os
import sys
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

import arq
import arq.cli
import arq.connections
import arq.worker
import pytest

REDIS_ADDRESS = "ARQ_SUITE_REDIS_ADDRESS"
RESULTS = "ARQ_SUITE_RESULTS"
WORKER = "ARQ_SUITE_WORKER"
OWN_KEYS = b"arqlight:"

outcomes: dict[str, str] = {}


class RedisContainer:
    """What the suite takes from testcontainers: here, the Valkey that the harness has started."""

    port = 6379

    def __init__(self, image: str) -> None:
        self.image = image
        host, _, port = os.environ[REDIS_ADDRESS].rpartition(":")
        self._host, self._port = host, int(port)

    def get_container_host_ip(self) -> str:
        """The server's host."""
        return self._host

    def get_exposed_port(self, port: int) -> int:  # testcontainers' signature
        """The server's port, whichever port of the container is asked for."""
        return self._port

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the server alone: the harness stops it."""


def provide_testcontainers() -> None:
    """Make ``from testcontainers.redis import RedisContainer`` give the class above."""
    package, module = ModuleType("testcontainers"), ModuleType("testcontainers.redis")
    vars(module)["RedisContainer"] = RedisContainer
    sys.modules.update({"testcontainers": package, "testcontainers.redis": module})


def put_worker_in_place(path: str) -> None:
    """Replace ``arq.Worker``, also for ``create_worker``, ``run_worker``, ``get_kwargs`` and arq's command.

    All of these look ``Worker`` up in ``arq.worker`` when they are called.

    :param path: module and class, as ``arqlight.Worker``
    """
    module, _, name = path.rpartition(".")
    worker = getattr(importlib.import_module(module), name)
    vars(arq)["Worker"] = vars(arq.worker)["Worker"] = worker


def hide_own_keys() -> None:
    """Leave arqlight's keys out of what the suite's clients see by ``KEYS``.

    Some tests list every key to assert that arq's own are there, or gone. arqlight has further keys, all
    under one prefix, each with an expiry or a cap. Without them these tests assert what they are meant to.
    """
    keys = arq.connections.ArqRedis.keys

    async def keys_without_own(self: Any, *args: Any, **kwargs: Any) -> list[bytes]:
        return [key for key in await keys(self, *args, **kwargs) if not key.startswith(OWN_KEYS)]

    vars_of_class: Any = arq.connections.ArqRedis
    vars_of_class.keys = keys_without_own


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how a test ended: as its call did, or as what went wrong before or after."""
    if report.when == "call" or not report.passed:
        outcomes[report.nodeid] = report.outcome


def pytest_sessionfinish() -> None:
    """Write the notes."""
    Path(os.environ[RESULTS]).write_text(json.dumps(outcomes))


provide_testcontainers()
if os.environ[WORKER] != "arq.Worker":
    put_worker_in_place(os.environ[WORKER])
    hide_own_keys()
