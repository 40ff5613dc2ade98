"""The database: an engine by its URL, and threads in which SQL runs, so that no event loop waits for it."""

import asyncio
import contextlib
import os
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

__all__ = ["DEFAULT_URL", "Database", "history_url"]

DEFAULT_URL = "sqlite:///arqlight-history.db"

# How many questions are answered at the same time.
_READERS = 4
# How long a writer waits for another one, in ms.
_BUSY_MS = 10_000

T = TypeVar("T")


def history_url(source: str | None = None) -> URL:
    """Where the history is: the given URL, else the one in ``HISTORY_URL``, else a file in this folder.

    Raises:
        ValueError: it is no URL of SQLite or PostgreSQL; the message says what one looks like.
    """
    given = source or os.environ.get("HISTORY_URL") or DEFAULT_URL
    try:
        url = make_url(given)
        backend = url.get_backend_name()
    except (ArgumentError, NoSuchModuleError):
        backend, url = "", URL.create("none")
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        shown = given if "@" not in given else "the given text"
        raise ValueError(
            f"{shown!r} is not the URL of a history; one looks like sqlite:////var/lib/arqlight/history.db "
            "or postgresql://user:password@host/database"
        )
    return url.set(drivername="sqlite+pysqlite")


class Database:
    """An engine, and the threads that use it. SQLite and PostgreSQL behave the same behind it.

    Args:
        url: where it is, see `history_url`.
        readers: how many threads answer questions at the same time.
    """

    def __init__(self, url: str | None = None, *, readers: int = _READERS) -> None:
        self.url = history_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url, readers + 1)
        # In memory, connections share one cache: who reads while another writes would be refused.
        self._turn = _TURNS[str(self.url)] if _is_in_memory(self.url) else contextlib.nullcontext()
        # A PostgreSQL transaction sees one moment only when it is told to; SQLite's always do.
        self._reading = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="arqlight-history")
        # One writer: a second one would only wait for the first.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="arqlight-history-writer")

    async def read(self, question: Callable[[Connection], T]) -> T:
        """Answer a question in a thread. All it reads is as of one moment."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_here, question)

    async def write(self, change: Callable[[Connection], T]) -> T:
        """Make a change in a thread, in one transaction."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self.write_here, change)

    def read_here(self, question: Callable[[Connection], T]) -> T:
        """Answer a question in this thread."""
        with self._turn, self._reading.connect() as connection, connection.begin():
            return question(connection)

    def write_here(self, change: Callable[[Connection], T]) -> T:
        """Make a change in this thread, in one transaction."""
        with self._turn, self.engine.connect() as connection:
            # What reads first and writes then must hold the lock from the start, or SQLite refuses it midway.
            connection.info["writes"] = True
            try:
                with connection.begin():
                    return change(connection)
            finally:
                connection.info.pop("writes", None)

    async def aclose(self) -> None:
        """End the threads, once what they do is done, and close the connections."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """The same from a thread."""
        self._writer.shutdown()
        self._readers.shutdown()
        self.engine.dispose()


_TURNS: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
"""Whose turn it is, for each database in memory."""


def _is_in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and (
        url.database in (None, "", ":memory:") or url.query.get("mode") == "memory"
    )


def _engine(url: URL, connections: int) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=connections, max_overflow=2, pool_pre_ping=True)
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=2,
        connect_args={"check_same_thread": False, "timeout": _BUSY_MS / 1000},
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # We begin transactions ourselves: Python's driver would begin them only at the first write.
    connection.isolation_level = None
    cursor = connection.cursor()
    # Matters only before there is a table: lets pages be given back to the file system.
    cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.execute("PRAGMA cache_size = -32000")
    cursor.execute("PRAGMA mmap_size = 268435456")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.info.get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
