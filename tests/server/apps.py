"""Applications that the tests serve by real uvicorn processes. Their Redis is where ``REDIS_URL`` says."""

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import PlainTextResponse

from arqlight import Queue
from arqlight.web import TaskPage, mount
from arqlight.web.live import stream

__all__ = [
    "cautious",
    "choosy",
    "guarded",
    "impatient",
    "outer",
    "prefixed",
    "recorded",
    "short_log",
    "tutorial",
    "without_queue",
]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with Queue.connect() as app.state.queue:
        yield


def random_seconds() -> list[int]:
    return [random.randint(1, 10)]


# What the tests' workers serve, and what they do not.
QUEUES = ["arq:queue", "later", "other", "slow", "unserved"]
ANYTHING: dict[str, Any] = {"queues": QUEUES, "functions": "any"}

tutorial = FastAPI(lifespan=lifespan)
mount(tutorial, **ANYTHING, page=TaskPage("create_task", random_seconds), record=False)

recorded = FastAPI(lifespan=lifespan)
mount(recorded, **ANYTHING)

cautious = FastAPI(lifespan=lifespan)
mount(cautious, record=False)

prefixed = FastAPI(lifespan=lifespan)
mount(prefixed, **ANYTHING, prefix="/jobs", page=TaskPage("create_task", random_seconds), record=False)


# -- with the application's own users and error pages


async def known_user(user: Annotated[str | None, Header(alias="X-User")] = None) -> None:
    if user != "ann":
        raise HTTPException(401, "Who are you?", headers={"WWW-Authenticate": "Test"})


guarded = FastAPI(lifespan=lifespan)
mount(
    guarded,
    prefix="/jobs",
    page=TaskPage("create_task", random_seconds),
    dependencies=[Depends(known_user)],
    trusted_origins=["https://friend.example"],
    record=False,
    **ANYTHING,
)


@guarded.exception_handler(HTTPException)
async def own_errors(request: Request, error: HTTPException) -> PlainTextResponse:
    return PlainTextResponse("the application's own error page", error.status_code)


@guarded.get("/fails")
async def fails() -> None:
    raise HTTPException(418)


# -- mounted in another application, which has the lifespan

inner = FastAPI()
mount(inner, prefix="/jobs", record=False, **ANYTHING)


@asynccontextmanager
async def outer_lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with Queue.connect() as inner.state.queue:
        yield


outer = FastAPI(lifespan=outer_lifespan)
outer.mount("/inner", inner)

without_queue = FastAPI()
mount(without_queue)


# -- with other settings


@asynccontextmanager
async def impatient_lifespan(app: FastAPI) -> AsyncIterator[None]:
    stream.PING_S = 0.1
    async with lifespan(app):
        yield


impatient = FastAPI(lifespan=impatient_lifespan)
mount(impatient, record=False, **ANYTHING)


@asynccontextmanager
async def short_log_lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with Queue.connect(log_cap=100) as app.state.queue:
        yield


short_log = FastAPI(lifespan=short_log_lifespan)
mount(short_log, record=False, **ANYTHING)


def encode(record: dict[str, Any]) -> bytes:
    """A serializer of one's own that cannot store everything."""
    data = json.dumps(record).encode()
    if len(data) > 1000:
        raise ValueError("longer than 1,000 bytes")
    return data


@asynccontextmanager
async def choosy_lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with Queue.connect(job_serializer=encode, job_deserializer=json.loads) as app.state.queue:
        yield


choosy = FastAPI(lifespan=choosy_lifespan)
mount(choosy, record=False, **ANYTHING)
