"""What the workers of these tests run, as ``arqlight worker tests.worker.settings.Settings``.

The environment gives the worker's settings (``WORKER_OPTIONS``, a JSON object) and a folder in which
functions note what happens to them (``WORKER_NOTES``): unlike Redis, it is there even when Redis is not.
"""

import asyncio
import dataclasses
import json
import logging
import os
import resource
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from arq import Retry, cron
from arq.connections import RedisSettings

from arqlight import RetryPolicy, func, report_progress
from arqlight.models import JobStatus
from tests.worker.notes import Notes

OPTIONS: dict[str, Any] = json.loads(os.environ.get("WORKER_OPTIONS", "{}"))
NOTES = Notes(os.environ.get("WORKER_NOTES", "."))
HOLD_POLL_S = 0.01


def note(ctx: dict[str, Any], what: str) -> None:
    """Note that something happened to this job."""
    NOTES.add(ctx["job_id"], ctx["job_try"], what)


async def until_released() -> None:
    while not NOTES.released:  # the event is in another process
        await asyncio.sleep(HOLD_POLL_S)


async def quick(ctx: dict[str, Any], value: Any = None) -> Any:
    """Give the value back."""
    note(ctx, "started")
    return value


async def hold(ctx: dict[str, Any], value: Any = "held") -> Any:
    """Run until the test releases all that hold."""
    note(ctx, "started")
    try:
        await until_released()
    except asyncio.CancelledError:
        note(ctx, "cancelled")
        raise
    note(ctx, "ended")
    return value


async def take(ctx: dict[str, Any], seconds: float) -> float:
    """Run for some time."""
    note(ctx, "started")
    await asyncio.sleep(seconds)
    note(ctx, "ended")
    return seconds


async def stubborn(ctx: dict[str, Any]) -> str:
    """Swallow a cancellation, and run on until released."""
    note(ctx, "started")
    try:
        await until_released()
    except asyncio.CancelledError:
        note(ctx, "cancelled")
        await until_released()
    note(ctx, "ended")
    return "as if nothing had happened"


async def sore(ctx: dict[str, Any]) -> None:
    """Answer a cancellation with an error of its own."""
    note(ctx, "started")
    try:
        await until_released()
    except asyncio.CancelledError:
        note(ctx, "cancelled")
        raise ValueError("the clean-up failed") from None


async def again(ctx: dict[str, Any], tries: int, defer: float | None = None) -> int:
    """Ask for another try until the given one."""
    note(ctx, "started")
    if ctx["job_try"] < tries:
        raise Retry(defer=defer)
    return int(ctx["job_try"])


async def again_when_released(ctx: dict[str, Any]) -> int:
    """Run until released; then ask for another try if this is the first."""
    note(ctx, "started")
    await until_released()
    if ctx["job_try"] == 1:
        raise Retry
    return int(ctx["job_try"])


async def fail(ctx: dict[str, Any], message: str = "no") -> NoReturn:
    note(ctx, "started")
    raise ValueError(message)


async def leave(ctx: dict[str, Any], code: int = 3) -> NoReturn:
    note(ctx, "started")
    sys.exit(code)


def open_files() -> int:
    """How many file descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir())) - 1


async def use_up_files(ctx: dict[str, Any]) -> str:
    """Leave the process no file descriptor to open anything, until released."""
    note(ctx, "started")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files(), hard))
    try:
        await until_released()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    note(ctx, "ended")
    return "no more files"


async def end_the_process(ctx: dict[str, Any], neighbours: int, tries: int) -> NoReturn:
    """Take the worker along; in the first tries only once all neighbours run beside it."""
    note(ctx, "started")
    job_try = ctx["job_try"]
    while job_try <= tries and sum(n.job_try == job_try for n in NOTES.all("started")) <= neighbours:
        await asyncio.sleep(HOLD_POLL_S)
    os._exit(3)


async def live_beside(ctx: dict[str, Any], tries: int) -> str:
    """Run for ever in the first tries."""
    note(ctx, "started")
    if ctx["job_try"] <= tries:
        await asyncio.Event().wait()
    return "alive"


class Unusual(BaseException):
    """Not an Exception."""


async def raise_unusual(ctx: dict[str, Any]) -> NoReturn:
    note(ctx, "started")
    raise Unusual("not an Exception")


class Hostile(Exception):  # noqa: N818
    """An error whose own methods raise."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    @property
    def extra(self) -> NoReturn:
        raise RuntimeError("no extra")


async def raise_hostile(ctx: dict[str, Any]) -> NoReturn:
    note(ctx, "started")
    raise Hostile


async def give_lambda(ctx: dict[str, Any]) -> Any:
    note(ctx, "started")
    return lambda: None


async def give_bytes(ctx: dict[str, Any], size: int) -> bytes:
    note(ctx, "started")
    return b"x" * size


async def hog(ctx: dict[str, Any], seconds: float) -> float:
    """Block the event loop."""
    note(ctx, "started")
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and not NOTES.released:
        time.sleep(HOLD_POLL_S)  # noqa: ASYNC251  that is the point
    note(ctx, "ended")
    return seconds


async def hog_in_a_library(ctx: dict[str, Any], seconds: float) -> None:
    """Block the event loop inside of Python's own code."""
    subprocess.run([sys.executable, "-c", f"import time; time.sleep({seconds})"], check=True)  # noqa: ASYNC221


def block(ctx: dict[str, Any], value: Any = "blocked") -> Any:
    """A plain function that holds its thread until the test releases all that hold."""
    note(ctx, "started")
    while not NOTES.released:
        time.sleep(HOLD_POLL_S)
    note(ctx, "ended")
    return value


def block_with_progress(ctx: dict[str, Any], steps: int) -> int:
    note(ctx, "started")
    for step in range(steps):
        report_progress(ctx, step + 1, steps, f"step {step + 1}")
        time.sleep(0.15)
    return steps


def exhaust(ctx: dict[str, Any]) -> Any:
    """Ask for more than there is, as a stray `next` does."""
    return next(iter(()))


def disguised(ctx: dict[str, Any], value: Any) -> Any:
    """A coroutine function that a decorator made a plain one."""
    return quick(ctx, value)


async def give_up_the_coroutine(ctx: dict[str, Any]) -> NoReturn:
    note(ctx, "started")
    raise GeneratorExit


def leave_from_thread(ctx: dict[str, Any]) -> NoReturn:
    note(ctx, "started")
    sys.exit("enough")


async def flaky(ctx: dict[str, Any], good_try: int) -> int:
    """Fail until the given try."""
    note(ctx, "started")
    if ctx["job_try"] < good_try:
        raise ConnectionResetError(f"try {ctx['job_try']}")
    return int(ctx["job_try"])


async def wrong(ctx: dict[str, Any]) -> NoReturn:
    """Fail in a way that the retry policy does not forgive."""
    note(ctx, "started")
    raise KeyError("not to be tried again")


PATIENT = RetryPolicy(max_tries=3, delay=0.2, backoff=2, jitter=0, on=(OSError,))

FUNCTIONS = [
    quick,
    hold,
    take,
    stubborn,
    sore,
    again,
    again_when_released,
    fail,
    leave,
    raise_unusual,
    raise_hostile,
    give_lambda,
    give_bytes,
    block,
    block_with_progress,
    end_the_process,
    live_beside,
    leave_from_thread,
    use_up_files,
    func(flaky, retry=PATIENT),
    func(wrong, retry=PATIENT),
    func(sore, name="sore_with_retries", retry=RetryPolicy(delay=0.05)),
    func(take, name="take_most_one_second", timeout=1),
    func(block, name="block_most_one_second", timeout=1),
    hog,
    hog_in_a_library,
    exhaust,
    disguised,
    give_up_the_coroutine,
    func(hog, name="hog_most_one_second", timeout=1),
    func(quick, name="quick_unkept", keep_result=0),
    func(hold, name="hold_unkept", keep_result=0),
    func(hold, name="hold_fenced", stop_at_lease_end=True),
    func(hold, name="hold_thrice", max_tries=3),
]


class Settings:
    """A worker of ours; plain arq passes over what it does not know."""

    functions: ClassVar = FUNCTIONS
    redis_settings = RedisSettings.from_dsn(os.environ.get("REDIS_URL", "redis://localhost"))


for name, value in OPTIONS.items():
    setattr(Settings, name, value)


class Plain:
    """The same for plain arq, which takes coroutine functions only, and settings of the class itself."""

    functions: ClassVar = [quick, hold, take, again, fail, give_lambda]
    redis_settings = Settings.redis_settings
    max_jobs = OPTIONS.get("max_jobs", 10)
    poll_delay = OPTIONS.get("poll_delay", 0.1)
    allow_abort_jobs = OPTIONS.get("allow_abort_jobs", False)


def noting_hook(what: str) -> Any:
    async def hook(ctx: dict[str, Any]) -> None:
        note(ctx, what)

    return hook


def raising_hook(what: str) -> Any:
    async def hook(ctx: dict[str, Any]) -> None:
        note(ctx, what)
        raise RuntimeError(f"{what} is broken")

    return hook


def cancelling_hook(what: str) -> Any:
    async def hook(ctx: dict[str, Any]) -> None:
        note(ctx, what)
        raise asyncio.CancelledError

    return hook


SHOP = logging.getLogger("shop")
ALONE = logging.getLogger("alone")
ALONE.propagate = False


async def talk(ctx: dict[str, Any], *words: str) -> None:
    """Log the words, by loggers of several kinds, and fail on the first try if told to."""
    for word in words:
        SHOP.info("says %s", word)
        await asyncio.sleep(0)
    ALONE.warning("said all")
    if "fail" in words and ctx["job_try"] == 1:
        raise Retry(defer=0)


async def talk_in_a_task(ctx: dict[str, Any]) -> None:
    """Log in a task of its own, and leave one behind that goes on after the end."""

    async def say(what: str, after_s: float = 0) -> None:
        await asyncio.sleep(after_s)
        SHOP.info(what)

    await asyncio.create_task(say("from a task"))
    LEFT_BEHIND.append(asyncio.create_task(say("after the end", 0.2)))


LEFT_BEHIND: list[asyncio.Task[None]] = []


def talk_in_a_thread(ctx: dict[str, Any], word: str) -> None:
    """Log from a plain function."""
    try:
        int(word)
    except ValueError:
        SHOP.exception("in a thread")


async def talk_much(ctx: dict[str, Any], lines: int) -> None:
    """Log many lines at once."""
    for number in range(lines):
        SHOP.info("line %d", number)


async def talk_badly(ctx: dict[str, Any]) -> None:
    """Log what cannot be formatted, what logs when it is formatted, and a secret."""

    class Talkative:
        def __str__(self) -> str:
            SHOP.info("while it is formatted")
            return "talkative"

    logging.raiseExceptions = False
    SHOP.info("%d apples", "no number")
    SHOP.info("%s", Talkative())
    SHOP.info("password=hunter2 for ada")


class Talking(Settings):
    """A worker whose functions log."""

    functions: ClassVar = [talk, talk_in_a_task, talk_in_a_thread, talk_much, talk_badly]


class EverySecond(Settings):
    """A worker with a cron job that is due every second."""

    cron_jobs: ClassVar = [cron(quick, name="tick", second=set(range(60)), microsecond=0)]


class FailingCron(Settings):
    """A worker whose cron job fails as it starts."""

    cron_jobs: ClassVar = [cron(fail, name="doomed", hour=1, run_at_startup=True)]


class Hooks(Settings):
    """A worker with hooks that take a moment."""

    on_job_start = staticmethod(noting_hook("on_job_start"))
    on_job_end = staticmethod(noting_hook("on_job_end"))

    @staticmethod
    async def after_job_end(ctx: dict[str, Any]) -> None:
        note(ctx, "after_job_end begins")
        await asyncio.sleep(0.3)
        note(ctx, "after_job_end")


class PassingOn(Settings):
    """A worker whose hooks and functions pass something on by their ctx."""

    @staticmethod
    async def on_job_start(ctx: dict[str, Any]) -> None:
        ctx["passed on"] = "from on_job_start"

    @staticmethod
    async def after_job_end(ctx: dict[str, Any]) -> None:
        note(ctx, ctx["passed on"])


class SlowShutdown(Settings):
    """A worker whose shutdown takes a moment, and notes which of its jobs it has handed back by then."""

    @staticmethod
    async def on_shutdown(ctx: dict[str, Any]) -> None:
        jobs, _ = await ctx["queue"].look_up_many(["coroutine", "in a thread"])
        seen = ", ".join(f"{job.job_id} {JobStatus(job.status).value}" for job in jobs)
        NOTES.add(seen, 0, "on_shutdown")
        await asyncio.sleep(0.5)


class BrokenStart(Settings):
    on_job_start = staticmethod(raising_hook("on_job_start"))


class BrokenEnd(Settings):
    on_job_end = staticmethod(raising_hook("on_job_end"))
    after_job_end = staticmethod(raising_hook("after_job_end"))


class CancelledEnd(Settings):
    on_job_end = staticmethod(cancelling_hook("on_job_end"))
    after_job_end = staticmethod(cancelling_hook("after_job_end"))


def shift_clock(by: timedelta) -> None:
    """Make this process's clock wrong, as time.time and datetime.now tell it."""
    right = time.time
    time.time = lambda: right() + by.total_seconds()
    import arq.worker

    import arqlight.worker.clock

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Shifted":
            return cls.fromtimestamp(time.time(), tz)

    vars(arq.worker)["datetime"] = Shifted
    vars(arqlight.worker.clock)["time"] = time.time


if "WORKER_CLOCK_OFF_BY_S" in os.environ:
    shift_clock(timedelta(seconds=float(os.environ["WORKER_CLOCK_OFF_BY_S"])))


class SlowStart(Settings):
    """A worker that takes a while to learn what it claimed."""

    @staticmethod
    async def on_startup(ctx: dict[str, Any]) -> None:
        scripts = ctx["redis"].scripts
        claim = scripts.claim

        async def slow_claim(*args: Any, **kwargs: Any) -> Any:
            reply = await claim(*args, **kwargs)
            await asyncio.sleep(0.3 if reply.jobs else 0)
            return reply

        scripts.claim = slow_claim


class LateClaim(Settings):
    """A worker whose first claim yields its jobs when their leases have lapsed, as if it had stood still."""

    @staticmethod
    async def on_startup(ctx: dict[str, Any]) -> None:
        scripts = ctx["redis"].scripts
        claim = scripts.claim
        late: list[str] = []

        async def late_claim(*args: Any, **kwargs: Any) -> Any:
            reply = await claim(*args, **kwargs)
            if reply.jobs and not late:
                late.append("once")
                await asyncio.sleep(1.5)
            return reply

        scripts.claim = late_claim


class BySentinel(Settings):
    """A worker that asks a Sentinel where Redis is."""

    redis_settings = RedisSettings(
        host=[("127.0.0.1", int(os.environ.get("SENTINEL_PORT", "26379")))],
        sentinel=True,
        sentinel_master="main",
    )


class FewConnections(Settings):
    """A worker whose pool has just enough connections."""

    redis_settings = dataclasses.replace(Settings.redis_settings, max_connections=5)


class ShortWish(Settings):
    """A worker whose wish to be woken stands for two seconds, in place of a minute."""

    @staticmethod
    async def on_startup(ctx: dict[str, Any]) -> None:
        from arqlight.scripts import worker
        from arqlight.worker import pacing

        worker.IDLE_EXPIRY_MS = 2000
        vars(pacing)["_CLAIM_ANYWAY_S"] = 2000 / 3000
