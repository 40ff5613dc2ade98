"""The demo: the functions that its worker runs, and the worker's settings.

They are ordinary arq functions and settings, so `arq arqlight.demo.WorkerSettings` runs them too (it reports
no progress, since plain arq has no place for it).
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, ClassVar

from arq import Retry

from arqlight.demo import shop
from arqlight.progress import report
from arqlight.redis import redis_settings

STEP_S = 0.2
"""How often a sleeping job says how far it is."""


async def create_task(ctx: dict[str, Any], sleep_time: int) -> int:
    """Sleep, reporting progress, as a job that does some work would.

    Args:
        ctx: arq's context.
        sleep_time: seconds.

    Returns:
        the seconds slept.
    """
    started = time.monotonic()
    while (slept := time.monotonic() - started) < sleep_time:
        report(ctx, round(slept, 1), sleep_time)
        await asyncio.sleep(min(STEP_S, sleep_time - slept))
    return sleep_time


async def fail_task(ctx: dict[str, Any], sleep_time: int, message: str) -> None:
    """Sleep like `create_task`, then fail.

    Raises:
        ValueError: always, with the message.
    """
    await create_task(ctx, sleep_time)
    raise ValueError(message)


async def retry_task(ctx: dict[str, Any], sleep_time: int, tries: int) -> str:
    """Ask to be tried again, a second later, until the given number of tries is reached.

    Raises:
        Retry: on every try before the last.
    """
    await create_task(ctx, sleep_time)
    if ctx["job_try"] < tries:
        raise Retry(defer=1)
    return f"succeeded on try {tries}"


async def steps_task(ctx: dict[str, Any], steps: list[str]) -> int:
    """Take named steps, a second each, saying which one is being taken.

    Returns:
        how many steps there were.
    """
    for number, step in enumerate(steps):
        report(ctx, number, len(steps), step)
        await asyncio.sleep(1)
    return len(steps)


async def echo_task(ctx: dict[str, Any], value: Any) -> Any:  # noqa: ARG001  # arq calls functions with it
    """Return what it was given."""
    return value


async def large_task(ctx: dict[str, Any], length: int) -> str:  # noqa: ARG001  # as above
    """Return a text of the given length in characters."""
    return "arqlight " * (length // 9) + "." * (length % 9)


async def unstorable_task(ctx: dict[str, Any]) -> Any:  # noqa: ARG001  # as above
    """Return something that cannot be stored as a result."""
    return lambda: None


class WorkerSettings:
    """arq settings of the demo's worker. Redis is where `REDIS_URL` says."""

    functions: ClassVar[list[Callable[..., Any]]] = [
        create_task,
        fail_task,
        retry_task,
        steps_task,
        echo_task,
        large_task,
        unstorable_task,
    ]
    redis_settings = redis_settings()
    max_jobs = 100
    allow_abort_jobs = True
    job_completion_wait = 1


class DevSettings(WorkerSettings):
    """The settings of the development server's worker: the demo's, and the made-up shop's."""

    functions: ClassVar[list[Any]] = [*WorkerSettings.functions, *shop.FUNCTIONS]
    cron_jobs: ClassVar[list[Any]] = shop.CRON_JOBS
