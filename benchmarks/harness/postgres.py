"""A PostgreSQL server of the tests' kind: durability off, gone afterwards."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.environments import BENCHMARKS


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start one; the URL of an empty database."""
    sys.path.append(str(BENCHMARKS.parent))
    from tests.history.postgres import Postgres  # noqa: PLC0415  found only now

    with Postgres() as server:
        yield server.new_database("console")
