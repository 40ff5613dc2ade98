"""What the browser tests are served: the demo's page with short tasks, and jobs that run until let go."""

import asyncio
import builtins
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from arq import cron
from fastapi import FastAPI

from arqlight import Queue, demo
from arqlight.progress import report
from arqlight.web import TaskPage, mount

__all__ = ["CronSettings", "WorkerSettings", "app", "gate_key", "held_task"]

TASK_S = 0.6


def gate_key(gate: str) -> str:
    """The Redis key that lets the jobs held at ``gate`` go on."""
    return f"test:gate:{gate}"


async def held_task(ctx: dict[str, Any], gate: str, outcome: Any = None) -> Any:
    """Run until the gate is opened, then return ``outcome``."""
    while not await ctx["redis"].exists(gate_key(gate)):
        await asyncio.sleep(0.02)
    return outcome


async def held_failure(ctx: dict[str, Any], gate: str, message: str) -> None:
    """Run until the gate is opened, then fail."""
    await held_task(ctx, gate)
    raise ValueError(message)


async def failing_as(ctx: dict[str, Any], kind: str, message: str) -> None:
    """Fail with one of Python's own exceptions: failures of another kind are another group."""
    raise getattr(builtins, kind)(message)


async def reading(ctx: dict[str, Any], text: str) -> Any:
    """Read JSON; with what is none, it fails deep in a library."""
    return json.loads(text)


async def stepping_task(ctx: dict[str, Any], gates: list[str]) -> None:
    """Take a step until each gate is opened, saying which one."""
    for number, gate in enumerate(gates):
        report(ctx, number, len(gates), f"step {number + 1}")
        await held_task(ctx, gate)


class WorkerSettings:
    """The demo's, with those functions too. arq reads a class's own attributes only."""

    functions = [*demo.WorkerSettings.functions, held_task, held_failure, stepping_task, failing_as, reading]  # noqa: RUF012  as arq has it
    redis_settings = demo.WorkerSettings.redis_settings
    allow_abort_jobs = True
    job_completion_wait = 1
    max_jobs = 150
    lease = 4


async def tick(ctx: dict[str, Any]) -> str:
    """Run every second."""
    return "tock"


async def tidy(ctx: dict[str, Any]) -> str:
    """Run at night."""
    return "tidy"


class CronSettings(WorkerSettings):
    """The same with cron jobs, and few slots."""

    cron_jobs: ClassVar = [
        cron(tick, second=set(range(60)), microsecond=0, keep_result=600),
        cron(tidy, hour=23, minute=55, keep_result=600),
    ]
    max_jobs = 20


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with Queue.connect() as app.state.queue:
        yield


# One of them is served by no worker.
QUEUES = ["arq:queue", "unserved"]

app = FastAPI(lifespan=lifespan)
mount(app, page=TaskPage("create_task", lambda: [TASK_S]), queues=QUEUES, functions="any")

prefixed = FastAPI(lifespan=lifespan)
mount(
    prefixed,
    prefix="/ops/jobs",
    page=TaskPage("create_task", lambda: [TASK_S]),
    queues=QUEUES,
    functions="any",
)
