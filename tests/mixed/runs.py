"""What jobs noted in Redis as workers began to run them."""

import json
from dataclasses import dataclass
from typing import Any

from arq.connections import ArqRedis

from tests.helpers import eventually
from tests.mixed.settings import RUNS

__all__ = ["Run", "noted_runs", "until_queue_is_empty", "until_runs"]

PATIENCE_S = 20.0


@dataclass(frozen=True)
class Run:
    """What a job noted as a worker began to run it."""

    job_id: str
    job_try: int
    kind: str


async def noted_runs(redis: ArqRedis) -> list[Run]:
    """All runs so far, in order."""
    runs: Any = redis.lrange(RUNS, 0, -1)
    return [Run(**json.loads(run)) for run in await runs]


async def until_runs(redis: ArqRedis, count: int) -> list[Run]:
    """All runs so far, once there are so many."""

    async def are_noted() -> bool:
        length: Any = redis.llen(RUNS)
        return int(await length) >= count

    await eventually(are_noted, PATIENCE_S)
    return await noted_runs(redis)


async def until_queue_is_empty(redis: ArqRedis, timeout: float = PATIENCE_S) -> None:
    """Wait until no job is queued, deferred or running."""

    async def is_empty() -> bool:
        return int(await redis.zcard("arq:queue")) == 0

    await eventually(is_empty, timeout)
