"""One call for each of many jobs, a few of them at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

__all__ = ["at_once"]

_MOST_AT_ONCE = 20

T = TypeVar("T")


async def at_once(call: Callable[[str], Awaitable[T]], job_ids: Sequence[str]) -> list[T]:
    """Call for each job, and return the answers in the order of the jobs."""
    free = asyncio.Semaphore(_MOST_AT_ONCE)

    async def one(job_id: str) -> T:
        async with free:
            return await call(job_id)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(job_id)) for job_id in job_ids]
    return [task.result() for task in tasks]
