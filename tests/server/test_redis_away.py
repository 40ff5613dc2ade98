import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from arqlight import Queue
from tests.helpers import eventually
from tests.processes import StartWorker
from tests.server.serving import APPS, is_outcome, watching
from tests.servers import Valkey
from tests.web import Web

SETTINGS = "tests.server.work.WorkerSettings"


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A Valkey of the test's own, which keeps its data over a kill."""
    with Valkey(appendonly="yes", appendfsync="always") as server:
        yield server


@pytest.fixture
def web(own_valkey: Valkey, tmp_path: Path) -> Iterator[Web]:
    with Web(f"{APPS}:tutorial", redis_url=own_valkey.url, log=tmp_path / "web.log") as web:
        yield web


@pytest_asyncio.fixture
async def client(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=web.url, timeout=20) as client:
        yield client


async def every_request(client: httpx.AsyncClient) -> list[httpx.Response]:
    return [
        await client.post("/task", json={"count": 3}),
        await client.get("/task/one"),
        await client.post("/api/jobs", json={"function": "echo"}),
        await client.post("/api/batches", json={"jobs": [{"function": "echo"}]}),
        await client.get("/api/jobs/one"),
        await client.get("/api/jobs/one", params={"wait": 5}),
        await client.get("/api/batches/one"),
        await client.post("/api/jobs/one/abort"),
    ]


def assert_away(responses: list[httpx.Response]) -> None:
    for response in responses:
        assert response.status_code == 503, (response.url, response.text)
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["retry-after"] == "1"
        assert "Redis cannot be reached" in response.json()["detail"]


async def test_while_redis_is_away_every_request_says_so_and_afterwards_all_is_well(
    own_valkey: Valkey, client: httpx.AsyncClient
) -> None:
    assert (await client.post("/task", json={"count": 1})).status_code == 201
    own_valkey.kill()
    assert_away(await every_request(client))
    own_valkey.start()
    for path in ("/api/jobs/one", "/api/batches/one"):
        assert (await client.get(path)).status_code == 404
    assert (await client.post("/task", json={"count": 1})).status_code == 201


async def test_the_web_server_starts_without_redis_and_works_when_it_comes(
    own_valkey: Valkey, tmp_path: Path
) -> None:
    own_valkey.kill()
    log = tmp_path / "second.log"
    with Web(f"{APPS}:tutorial", redis_url=own_valkey.url, log=log) as web:
        async with httpx.AsyncClient(base_url=web.url, timeout=20) as client:
            assert (await client.get("/")).status_code == 200
            assert_away(await every_request(client))
            own_valkey.start()
            assert (await client.post("/task", json={"count": 1})).status_code == 201


async def test_a_redis_that_answers_nothing_is_away_after_a_few_seconds(
    own_valkey: Valkey, client: httpx.AsyncClient
) -> None:
    await client.get("/task/one")
    with own_valkey.stalled():
        began = time.monotonic()
        responses = await asyncio.gather(
            client.get("/task/one"),
            client.post("/task", json={"count": 1}),
            client.get("/api/jobs/one", params={"wait": 5}),
        )
        assert time.monotonic() - began < 8
        assert_away(list(responses))
    assert (await client.get("/task/one")).status_code == 200


async def test_redis_killed_and_started_again_in_mid_stream_loses_nothing(
    own_valkey: Valkey, web: Web, client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS, redis_url=own_valkey.url)
    batch = (await client.post("/task", json={"count": 40})).json()
    async with watching(web.url, batch=batch["batch_id"], after=batch["event_id"]) as events:
        await events.until(is_outcome)
        own_valkey.kill()
        own_valkey.start()
        await events.until_all_done(batch["task_ids"])
    assert not [received for received in events.seen if received.event == "reset"]
    for job_id in batch["task_ids"]:
        kinds = events.of(job_id)
        assert kinds[-1] in ("succeeded", "state"), kinds


async def test_a_stream_stays_open_while_redis_is_away_and_goes_on_with_what_happens_then(
    own_valkey: Valkey, web: Web
) -> None:
    async with watching(web.url) as events:
        await enqueue(own_valkey, "before")
        assert (await events.next()).data["job_id"] == "before"
        own_valkey.kill()
        await eventually(lambda: "Redis is away" in web.output())
        own_valkey.start()
        await enqueue(own_valkey, "after")
        assert (await events.next()).data["job_id"] == "after"


async def enqueue(valkey: Valkey, job_id: str) -> None:
    """Enqueue a job over a new connection."""
    async with Queue.connect(valkey.url) as queue:
        await queue.enqueue("echo", _job_id=job_id)


async def test_a_stream_that_is_asked_for_while_redis_is_away_opens_and_waits(
    own_valkey: Valkey, web: Web
) -> None:
    await enqueue(own_valkey, "before")
    own_valkey.kill()
    async with watching(web.url, after="0-0") as knowing, watching(web.url) as other:
        own_valkey.start()
        assert (await knowing.next()).data["job_id"] == "before"
        reset = await other.next()
        assert (reset.event, reset.data["reason"]) == ("reset", "redis_away")
        await enqueue(own_valkey, "after")
        for events in (knowing, other):
            assert (await events.next()).data["job_id"] == "after"
    assert web.output().count("Redis is away") == 1


async def test_so_does_one_that_redis_does_not_answer(own_valkey: Valkey, web: Web) -> None:
    await enqueue(own_valkey, "before")
    with own_valkey.stalled():
        async with asyncio.timeout(4):  # before the time is up after which Redis counts as away
            stream = watching(web.url, batch="one", job="before", after="0-0")
            events = await stream.__aenter__()
    assert (await events.next()).data["job_id"] == "before"
    await stream.__aexit__(None, None, None)


async def test_a_stream_that_waits_for_redis_ends_with_its_server(own_valkey: Valkey, web: Web) -> None:
    own_valkey.kill()
    async with watching(web.url) as events:
        web.signal(signal.SIGTERM)
        with pytest.raises(StopAsyncIteration):
            await events.next()
    await asyncio.to_thread(web.wait, 3)
    assert "Traceback" not in web.output()


async def test_a_stream_that_is_asked_for_as_the_server_stops_is_not_refused(
    own_valkey: Valkey, web: Web
) -> None:
    """Uvicorn answers with 500 for a request whose time it has to cut short."""
    with own_valkey.stalled():
        reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
        # The server begins with the second request as it answers the first: so the stop finds it under way.
        paths = ("/nothing-here", "/api/events?after=1-1")
        writer.write("".join(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" for path in paths).encode())
        assert b" 404 " in await reader.readline()
        web.signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            answers = await reader.read()
    writer.close()
    assert b"HTTP/1.1 200 " in answers
    assert b"retry: 1000" in answers


@pytest.fixture
def forgetful() -> Iterator[Valkey]:
    """A Valkey that loses its data when it is killed."""
    with Valkey() as server:
        yield server


@pytest.fixture
def forgetful_web(forgetful: Valkey, tmp_path: Path) -> Iterator[Web]:
    with Web(f"{APPS}:tutorial", redis_url=forgetful.url, log=tmp_path / "web.log") as web:
        yield web


async def test_a_redis_that_lost_everything_is_a_reset(forgetful: Valkey, forgetful_web: Web) -> None:
    async with watching(forgetful_web.url) as events:
        await enqueue(forgetful, "before")
        first = await events.next()
        forgetful.kill()
        forgetful.start()
        reset = await events.until(lambda r: r.event == "reset")
        assert reset.data == {"reason": "trimmed", "event_id": "0-0"}
        await enqueue(forgetful, "after")
        assert (await events.next()).data["job_id"] == "after"
    async with watching(forgetful_web.url, last_event_id=first.id) as events:
        assert (await events.next()).event == "reset"


async def test_jobs_that_vanished_with_redis_are_told_as_such(forgetful: Valkey, forgetful_web: Web) -> None:
    url = forgetful_web.url
    async with httpx.AsyncClient(base_url=url) as client:
        batch = (await client.post("/task", json={"count": 2})).json()
    async with watching(url, batch=batch["batch_id"], after=batch["event_id"]) as events:
        forgetful.kill()
        forgetful.start()
        vanished: set[Any] = set()
        while len(vanished) < 2:
            state = await events.until(lambda r: r.event == "state")
            assert state.data["job"]["status"] == "not_found"
            vanished.add(state.data["job_id"])
    assert vanished == set(batch["task_ids"])
