"""Fixtures shared by all tests: a real Valkey for each test process, clients, and real worker processes."""

import signal
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool

from tests.processes import StartWorker
from tests.servers import Valkey

if TYPE_CHECKING:
    from arqlight import Queue

start_worker = pytest.StashKey[StartWorker]()


def pytest_sessionstart() -> None:
    """Take SIGTERM for Ctrl-C, so that fixtures leave nothing behind when a time limit ends the tests."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """The test process's own Valkey. A test that stops one makes its own: ``with Valkey() as server``."""
    with Valkey() as server:
        yield server


@pytest.fixture
def redis_url(valkey: Valkey) -> str:
    """The address of the test process's Valkey, empty as the test begins."""
    valkey.flush()
    return valkey.url


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[ArqRedis]:
    """A client that leaves replies as bytes. Being plain arq's, it also enqueues as plain arq does."""
    client = ArqRedis(ConnectionPool.from_url(redis_url))
    yield client
    await client.aclose(close_connection_pool=True)


@pytest_asyncio.fixture
async def queue(redis_url: str) -> "AsyncIterator[Queue]":
    """The client of arqlight, connected."""
    from arqlight import Queue  # so that a broken package fails only the tests that need it

    async with Queue.connect(redis_url) as connected:
        yield connected


@pytest.fixture
def worker_process(redis_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[StartWorker]:
    """Starts worker processes; they are killed as the test ends, and a failed test shows what they wrote."""
    start = StartWorker(redis_url, tmp_path)
    request.node.stash[start_worker] = start
    yield start
    start.kill_all()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what its worker processes wrote to the report of a failed test."""
    report = yield
    if report.failed and start_worker in item.stash:
        workers = item.stash[start_worker].started
        report.sections.extend((repr(worker), worker.output()) for worker in workers)
    return report
