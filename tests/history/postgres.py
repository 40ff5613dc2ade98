"""A real PostgreSQL server for tests."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from scripts.postgres import find_postgres
from tests.helpers import wait_until
from tests.servers import free_port

__all__ = ["Postgres"]


class Postgres:
    """One PostgreSQL server on a free port, in a directory of its own, with durability off.

    ``with Postgres() as server`` starts it and leaves no process and no file behind.
    """

    def __init__(self) -> None:
        self.programs = find_postgres()
        self.directory = Path(tempfile.mkdtemp(prefix="arqlight-postgres-"))
        self.port = free_port()
        # It refuses to run as root.
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(self.directory, "nobody", "nogroup")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        data = self.directory / "data"
        subprocess.run(
            [self.programs / "initdb", "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=self.directory,
            **self._as,
        )
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.directory),
            "fsync": "off",
            "max_connections": 60,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", data, *options],
                stdout=log,
                stderr=log,
                cwd=self.directory,
                **self._as,
            )
        wait_until(self._answers, timeout=30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()  # waits for clients to leave
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.send_signal(2)  # ends at once
                self._process.wait(10)
        shutil.rmtree(self.directory)

    def new_database(self, name: str) -> str:
        """Make an empty database and return its URL."""
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self._address(name)

    def _address(self, database: str) -> str:
        return f"postgresql://test@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._address("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True
