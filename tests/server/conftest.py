"""Web servers for tests: real uvicorn processes on the test's Redis."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.server.serving import APPS
from tests.servers import Valkey
from tests.web import Web

Serve = Callable[..., Web]


@pytest.fixture
def serve(redis_url: str, tmp_path: Path) -> Iterator[Serve]:
    """Starts web servers of an application of ``tests.server.apps``; they are killed as the test ends."""
    with contextlib.ExitStack() as stack:

        def start(app: str = "tutorial", *options: str, redis: str = redis_url) -> Web:
            name = app if ":" in app else f"{APPS}:{app}"
            return stack.enter_context(Web(name, redis_url=redis, log=tmp_path / "web.log", options=options))

        yield start


@pytest.fixture(scope="session")
def long_lived_web(valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One server of the tutorial's application, which all tests share that do nothing bad to theirs."""
    log = tmp_path_factory.mktemp("web") / "web.log"
    with Web(f"{APPS}:tutorial", redis_url=valkey.url, log=log) as web:
        yield web


@pytest.fixture
def web(long_lived_web: Web, redis_url: str) -> Web:
    """The tutorial's application, served at the root, its Redis empty as the test begins."""
    return long_lived_web


@pytest_asyncio.fixture
async def client(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of `web`."""
    async with httpx.AsyncClient(base_url=web.url, timeout=20) as client:
        yield client
