"""What the workers of mixed fleets run: the same classes for both kinds of worker."""

import asyncio
import json
import os
from typing import Any

from arq import Retry, cron
from arq.connections import RedisSettings

RUNS = "mixed:runs"
RELEASE = "mixed:release"
TRIES = 3

# The tests say in the environment which kind of worker the process is.
KIND = os.environ.get("WORKER_KIND", "")
MAX_JOBS = 10
LEASE_S = 3
RECORD_S = 0.01
HOLD_POLL_S = 0.02


async def note_run(ctx: dict[str, Any]) -> None:
    """Note in Redis that this worker begins to run this job."""
    run = {"job_id": ctx["job_id"], "job_try": ctx["job_try"], "kind": KIND}
    await ctx["redis"].rpush(RUNS, json.dumps(run))


async def record(ctx: dict[str, Any], value: int) -> int:
    """Note the run, take a moment, so that no worker does all the work alone, and give the value back."""
    await note_run(ctx)
    await asyncio.sleep(RECORD_S)
    return value


async def fail(ctx: dict[str, Any], message: str) -> None:
    """Note the run, and fail."""
    await note_run(ctx)
    raise ValueError(message)


async def flaky(ctx: dict[str, Any], defer: float | None) -> int:
    """Note the run, and ask for another try until the third."""
    await note_run(ctx)
    if ctx["job_try"] < TRIES:
        raise Retry(defer=defer)
    return int(ctx["job_try"])


async def hold(ctx: dict[str, Any]) -> str:
    """Note the run, then hold on to the job until the test releases all of them."""
    await note_run(ctx)
    while not await ctx["redis"].exists(RELEASE):  # the event is in another process
        await asyncio.sleep(HOLD_POLL_S)
    return KIND


async def tick(ctx: dict[str, Any]) -> None:
    """Note the run."""
    await note_run(ctx)


class Settings:
    """A worker that takes some jobs at a time, and looks for them often."""

    functions = (record, fail, flaky, hold)
    redis_settings = RedisSettings.from_dsn(os.environ.get("REDIS_URL", "redis://localhost"))
    max_jobs = MAX_JOBS
    poll_delay = 0.05

    # A setting of arqlight; arq passes over what it does not know.
    lease = LEASE_S


class AbortSettings:
    """The same, and `arq.jobs.Job.abort` works with it."""

    # Not inherited: arq takes only what the class itself holds.
    functions = Settings.functions
    redis_settings = Settings.redis_settings
    max_jobs = Settings.max_jobs
    poll_delay = Settings.poll_delay
    allow_abort_jobs = True


class CronSettings:
    """A worker that has something to do each second."""

    cron_jobs = (cron(tick, second=set(range(60)), microsecond=0),)
    redis_settings = Settings.redis_settings
    poll_delay = Settings.poll_delay
