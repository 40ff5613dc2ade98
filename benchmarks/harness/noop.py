"""A worker's settings: one function that does nothing."""

from typing import Any

from arqlight.redis import redis_settings


async def noop(_ctx: dict[str, Any], number: int) -> int:
    """Do nothing."""
    return number


class WorkerSettings:
    """What `arqlight worker harness.noop.WorkerSettings` runs."""

    functions = [noop]  # noqa: RUF012  as arq's settings are written
    max_jobs = 1000
    redis_settings = redis_settings()
