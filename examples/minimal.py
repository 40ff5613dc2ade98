"""A FastAPI app whose users can watch their jobs, and the worker that runs them, in one file.

    arqlight worker minimal.WorkerSettings
    arqlight web --app minimal:app

Then `curl -X POST '127.0.0.1:8000/letters?to=Ada'`, and open the address that it answers with.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request

from arqlight import Queue, RedisSettings, report_progress
from arqlight.web import QueueDep, mount

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Make the queue once, for as long as the app runs."""
    async with Queue.connect(REDIS_URL) as app.state.queue:
        yield


app = FastAPI(lifespan=lifespan)
mount(app, prefix="/jobs")


@app.post("/letters", status_code=202)
async def write_a_letter(to: str, queue: QueueDep, request: Request) -> dict[str, str]:
    """Enqueue a job, and say where to watch it."""
    job = await queue.enqueue("write_letter", to)
    return {"watch": f"{request.base_url}jobs/?job={job.job_id}"} if job else {}


async def write_letter(ctx: dict[str, Any], to: str) -> str:
    """The job: write a letter, word by word."""
    words = f"Dear {to}, this took its time. Yours, the worker".split()
    for number, word in enumerate(words):
        report_progress(ctx, number, len(words), word)
        await asyncio.sleep(0.2)
    return " ".join(words)


class WorkerSettings:
    """arq's settings class, read by arqlight's worker as it is by arq's."""

    functions = (write_letter,)
    redis_settings = RedisSettings.from_dsn(REDIS_URL)
