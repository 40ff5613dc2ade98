"""The worker settings of the server tests. Redis is where ``REDIS_URL`` says."""

import asyncio
import logging
from typing import Any, ClassVar

from arq import Retry, cron

from arqlight import RetryPolicy, func, report_progress
from arqlight.redis import redis_settings

__all__ = ["CronSettings", "OtherQueueSettings", "WorkerSettings"]


async def create_task(ctx: dict[str, Any], sleep_time: float) -> float:
    await asyncio.sleep(sleep_time / 100)
    return sleep_time


async def echo(ctx: dict[str, Any], *args: Any, **kwargs: Any) -> list[Any]:
    return [list(args), kwargs]


async def fail(ctx: dict[str, Any], message: str) -> None:
    raise ValueError(message)


async def sleep(ctx: dict[str, Any], seconds: float) -> None:
    await asyncio.sleep(seconds)


async def steps(ctx: dict[str, Any], count: int) -> int:
    for number in range(count):
        report_progress(ctx, number, count, f"step {number}")
        await asyncio.sleep(0.05)
    return count


async def retry_once(ctx: dict[str, Any]) -> int:
    if ctx["job_try"] == 1:
        raise Retry(defer=0.1)
    return int(ctx["job_try"])


async def unserialisable(ctx: dict[str, Any]) -> object:
    return lambda: None


async def patient(ctx: dict[str, Any]) -> None:
    """Ask the bank, which is slow at times.

    More of it.
    """


async def large(ctx: dict[str, Any], megabytes: int) -> str:
    return "x" * (megabytes * 1_000_000)


async def log_in(ctx: dict[str, Any], name: str, password: str) -> None: ...


async def refuse(ctx: dict[str, Any], name: str) -> None:
    raise PermissionError(f"no access with password=hunter2 for {name}")


async def talk(ctx: dict[str, Any], name: str) -> None:
    logging.getLogger("mailer").info("writing to %s", name)
    logging.getLogger("mailer").warning("token=abc123")


class WorkerSettings:
    functions: ClassVar[list[Any]] = [
        create_task,
        echo,
        fail,
        sleep,
        steps,
        retry_once,
        unserialisable,
        large,
        func(patient, timeout=7, retry=RetryPolicy(max_tries=4, delay=2, backoff=3, on=(TimeoutError,))),
        log_in,
        refuse,
        talk,
    ]
    redis_settings = redis_settings()
    max_jobs = 100
    poll_delay = 0.05
    job_timeout = 2
    allow_abort_jobs = True


class OtherQueueSettings(WorkerSettings):
    queue_name = "other"


async def tidy(ctx: dict[str, Any]) -> str:
    return "tidy"


class CronSettings(WorkerSettings):
    cron_jobs: ClassVar = [cron(tidy, hour=23, minute=55, keep_result=60)]
