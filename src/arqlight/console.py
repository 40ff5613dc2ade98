"""The console alone, as `arqlight web` serves it: on whatever arq queue there is at ``REDIS_URL``."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from arqlight.queue import Queue
from arqlight.version import __version__
from arqlight.web import mount

__all__ = ["app"]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep one queue for as long as the application runs."""
    async with Queue.connect() as app.state.queue:
        yield


app = FastAPI(title="arqlight", version=__version__, lifespan=lifespan)
# Any arq queue that there is, unless ARQLIGHT_QUEUES names some.
mount(app, queues=None if os.environ.get("ARQLIGHT_QUEUES") else "found")
