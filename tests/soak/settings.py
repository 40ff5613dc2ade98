"""What the workers run, as ``tests.soak.settings.Settings`` (arqlight) and ``...Plain`` (arq)."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar, NoReturn
from uuid import uuid4

from arq import Retry, func
from arq.connections import RedisSettings
from redis.exceptions import RedisError

from arqlight import keys, report_progress
from tests.soak import plant
from tests.soak.notes import add_note

LEASE_S = 2
# Plain arq's claims last ten seconds longer than this: it is how long the jobs of a killed one are gone for.
JOB_TIMEOUT_S = 4
LONGEST_NAP_S = 3.5
MAX_TRIES = 8
LOG_CAP = 10_000_000
_NAP_STEP_S = 0.1

NOTES = Path(os.environ.get("SOAK_NOTES", "."))
plant.sow(os.environ.get("SOAK_PLANT", ""))

Ctx = dict[str, Any]
Body = Callable[..., Awaitable[Any]]


async def _note_holder(ctx: Ctx, run_id: str) -> None:
    try:
        holder = await ctx["redis"].get(keys.IN_PROGRESS_PREFIX + ctx["job_id"])
    except (RedisError, OSError):
        return
    add_note(NOTES, "holder", run_id, holder=(holder or b"").decode())


def noted(body: Body) -> Any:
    """The function as a job whose begin and end are noted, and whose result names the run it came of."""

    async def job(ctx: Ctx, *args: Any) -> dict[str, Any]:
        run_id = uuid4().hex[:12]
        add_note(NOTES, "started", run_id, job_id=ctx["job_id"], job_try=ctx["job_try"])
        ending = "ended"
        try:
            await _note_holder(ctx, run_id)
            await body(ctx, run_id, *args)
        except asyncio.CancelledError:
            ending = "cancelled"
            raise
        except BaseException as error:
            ending = f"raised {type(error).__name__}"
            raise
        finally:
            add_note(NOTES, ending, run_id)
        return {"run": run_id, "try": ctx["job_try"], "pid": os.getpid()}

    return func(job, name=body.__name__)


async def no_op(ctx: Ctx, run_id: str) -> None:
    """Do nothing."""


async def nap(ctx: Ctx, run_id: str, seconds: float) -> None:
    """Sleep, and tell how far the sleep is."""
    left = seconds
    while left > 0:
        await asyncio.sleep(min(left, _NAP_STEP_S))
        left -= _NAP_STEP_S
        report_progress(ctx, min(seconds, seconds - left), seconds)


async def fail(ctx: Ctx, run_id: str) -> NoReturn:
    """Fail in a way that names the run."""
    await asyncio.sleep(0.01)
    raise ValueError(f"run {run_id}")


async def again(ctx: Ctx, run_id: str, good_try: int, defer: float) -> None:
    """Ask for another try until the given one."""
    if ctx["job_try"] < good_try:
        raise Retry(defer=defer)


class Settings:
    """arqlight's worker."""

    functions: ClassVar = [noted(body) for body in (no_op, nap, fail, again)]
    redis_settings = RedisSettings.from_dsn(os.environ.get("REDIS_URL", "redis://localhost"))
    # Few, so that plain arq's workers get their share.
    max_jobs = 12
    poll_delay = 0.1
    job_timeout = JOB_TIMEOUT_S
    max_tries = MAX_TRIES
    lease = LEASE_S
    log_cap = LOG_CAP
    job_completion_wait = 1


class Plain:
    """Plain arq's worker, which takes settings only of the class itself."""

    functions: ClassVar = Settings.functions
    redis_settings = Settings.redis_settings
    max_jobs = 12
    poll_delay = 0.02
    job_timeout = JOB_TIMEOUT_S
    max_tries = MAX_TRIES
    allow_abort_jobs = True
