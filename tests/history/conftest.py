"""Fixtures of the history's tests: each test that asks for one runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from arqlight.history import History
from tests.history.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The test process's own PostgreSQL."""
    with Postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def history_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/history.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database("history")


@pytest_asyncio.fixture
async def history(history_url: str) -> AsyncIterator[History]:
    """An empty history."""
    async with await History.open(history_url) as opened:
        yield opened
