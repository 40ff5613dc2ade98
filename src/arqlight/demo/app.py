"""The demo's web application: the task page at `/`, each of whose tasks sleeps for 1 to 10 seconds."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from arqlight import Queue, __version__
from arqlight.demo import create_task
from arqlight.web import TaskPage, mount

SHORTEST_S, LONGEST_S = 1, 10


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep one queue for as long as the application runs."""
    async with Queue.connect() as app.state.queue:
        yield


def random_sleep() -> tuple[int]:
    """The arguments of one task."""
    return (random.randint(SHORTEST_S, LONGEST_S),)  # noqa: S311  # no secret


app = FastAPI(title="arqlight demo", version=__version__, lifespan=lifespan)
about = "Each of these tasks sleeps for 1 to 10 seconds, and returns for how long it slept."
mount(app, page=TaskPage(create_task.__name__, random_sleep, about=about))
