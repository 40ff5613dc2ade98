import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from arq.connections import ArqRedis
from fastapi import FastAPI
from fastapi.testclient import TestClient

from arqlight import Queue
from arqlight.web import mount
from tests.helpers import eventually
from tests.server.conftest import Serve
from tests.server.serving import APPS, hub_is_reading, watching
from tests.web import Web

STOPS = [signal.SIGTERM, signal.SIGINT]


async def ends_within(web: Web, seconds: float) -> float:
    began = time.monotonic()
    await asyncio.to_thread(web.wait, seconds)
    return time.monotonic() - began


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
async def test_a_server_with_open_streams_ends_in_less_than_two_seconds(
    serve: Serve, queue: Queue, stop: signal.Signals, loop: str
) -> None:
    web = serve("tutorial", "--loop", loop)
    async with watching(web.url) as first, watching(web.url) as second:
        await queue.enqueue("echo", _job_id="one")
        for events in (first, second):
            await events.next()
        web.signal(stop)
        for events in (first, second):
            with pytest.raises(StopAsyncIteration):
                await events.until(lambda _: False)
        assert await ends_within(web, 5) < 2
    assert "Application shutdown complete" in web.output()
    assert "Traceback" not in web.output()


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--workers", "2"), id="two processes"),
        pytest.param(("--reload", "--reload-dir", "{tmp_path}"), id="with reload"),
        pytest.param(("--http", "h11"), id="h11"),
    ],
)
async def test_so_does_uvicorn_in_its_other_forms(
    serve: Serve, queue: Queue, tmp_path: Path, options: tuple[str, ...]
) -> None:
    web = serve("tutorial", *(option.format(tmp_path=tmp_path) for option in options))
    async with watching(web.url, after="0-0") as events:
        await queue.enqueue("echo", _job_id="one")
        await events.next()
        web.signal(signal.SIGTERM)
        assert await ends_within(web, 10) < 4  # a parent process has its own pace
    assert "Application shutdown complete" in web.output()


RUN = "import sys, uvicorn; uvicorn.run(sys.argv[1], port=int(sys.argv[3]))"


async def test_so_does_a_program_that_runs_uvicorn_as_fastapi_run_does(
    redis_url: str, queue: Queue, tmp_path: Path
) -> None:
    command = (sys.executable, "-c", RUN)
    with Web(f"{APPS}:tutorial", redis_url=redis_url, log=tmp_path / "web.log", command=command) as web:
        async with watching(web.url, after="0-0") as events:
            await queue.enqueue("echo", _job_id="one")
            await events.next()
            web.signal(signal.SIGTERM)
            assert await ends_within(web, 10) < 2


async def test_a_request_that_waits_for_a_job_is_answered_before_the_end(
    serve: Serve, queue: Queue, redis: ArqRedis
) -> None:
    web = serve()
    await queue.enqueue("echo", _job_id="one")
    async with httpx.AsyncClient(base_url=web.url, timeout=20) as client:
        waiting = asyncio.create_task(client.get("/api/jobs/one", params={"wait": 30}))
        await eventually(lambda: hub_is_reading(redis))
        web.signal(signal.SIGTERM)
        assert (await waiting).json()["job"]["status"] == "queued"
    assert await ends_within(web, 5) < 2


async def test_what_was_pending_is_sent_before_the_end(serve: Serve, queue: Queue) -> None:
    web = serve()
    async with watching(web.url) as events:
        await queue.enqueue("echo", _job_id="first")
        await events.next()
        for number in range(50):
            await queue.enqueue("echo", _job_id=f"job {number}")
        last = await queue.events.last_id()
        await events.until(lambda r: r.id == last)
        web.signal(signal.SIGTERM)
    assert await ends_within(web, 5) < 2


async def test_a_client_that_was_cut_off_by_a_restart_resumes_where_it_was(
    serve: Serve, queue: Queue
) -> None:
    web = serve()
    async with watching(web.url) as events:
        await queue.enqueue("echo", _job_id="before")
        await events.next()
        web.signal(signal.SIGKILL)
        with pytest.raises(httpx.RemoteProtocolError):
            await events.until(lambda _: False)
    await queue.enqueue("echo", _job_id="while it was away")
    web.wait()
    web.start()
    async with watching(web.url, last_event_id=events.last_id) as resumed:
        assert (await resumed.next()).data["job_id"] == "while it was away"


async def test_a_server_without_streams_ends_at_once_too(serve: Serve) -> None:
    web = serve()
    web.signal(signal.SIGTERM)
    assert await ends_within(web, 5) < 2


def test_requests_that_come_while_the_streams_end_are_answered_without_waiting(redis_url: str) -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Queue.connect(redis_url) as app.state.queue:
            yield

    app = FastAPI(lifespan=lifespan)
    mount(app, functions=["echo"])
    with TestClient(app) as client:
        client.post("/api/jobs", json={"function": "echo", "job_id": "one"})
        client.get("/api/jobs/one", params={"wait": 0.01})
        app.state.arqlight_hub.close_streams()
        began = time.monotonic()
        waiting = client.get("/api/jobs/one", params={"wait": 20})
        assert (waiting.status_code, waiting.json()["job"]["status"]) == (200, "queued")
        stream = client.get("/api/events", params={"after": "1-1"})
        assert (stream.status_code, stream.text) == (200, ": arqlight\nid: 1-1\nretry: 1000\n\n")
        assert time.monotonic() - began < 5
