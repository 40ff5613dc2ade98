"""Claim: nothing that stands in Redis breaks the web process, nor what it tells of other jobs."""

import json
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from redis import Redis

from tests.attack.rubbish import EVENTS, KEYS, Rubbish, put, rubbish
from tests.servers import Valkey
from tests.web import Web

GOOD: dict[str, Any] = {"t": None, "f": "work", "a": (1,), "k": {}, "et": 1_764_000_000_000}
PATHS = [
    "/api/jobs/bad", "/task/bad", "/api/batches/bad", "/api/audit", "/api/workers", "/api/queues",
    "/api/schedules", "/api/functions", "/api/overview", "/api/actions/bad", "/",
]  # fmt: skip


@pytest.fixture(scope="module")
def web(valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    log = tmp_path_factory.mktemp("attack") / "web.log"
    with Web("tests.server.apps:tutorial", redis_url=valkey.url, log=log) as web:
        yield web


@pytest.fixture
def store(valkey: Valkey) -> Iterator[Redis]:
    client = Redis.from_url(valkey.url)
    yield client
    client.close()


def begin(store: Redis) -> None:
    """A good job, and another one in whose place rubbish is put then."""
    store.flushall()
    store.set("arq:job:good", pickle.dumps(GOOD))
    store.set("arq:job:bad", pickle.dumps(GOOD))
    store.zadd("arq:queue", {"good": 1_764_000_000_000, "bad": 1_764_000_000_000})
    store.zadd("arqlight:workers", {"bad-worker": 9e15})


def test_the_keys_of_the_documentation_are_those_that_are_tried() -> None:
    assert {"arq:job:bad", "arqlight:events", "arqlight:worker:bad-worker", "arqlight:batch:bad"} <= {*KEYS}
    assert len(KEYS) >= 15


@given(pieces=rubbish)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_answer_is_one_and_other_jobs_are_told_of_as_before(
    web: Web,
    store: Redis,
    pieces: list[Rubbish],
) -> None:
    begin(store)
    put(store, pieces)
    with httpx.Client(base_url=web.url, timeout=20) as client:
        for path in PATHS:
            answer = client.get(path)
            assert answer.status_code < 500, (path, answer.text)
            if answer.headers["content-type"] == "application/json":
                json.loads(answer.text, parse_constant=pytest.fail)
        good = client.get("/api/jobs/good").json()["job"]
    assert (good["function"], good["args"]) == ("work", [1])
    assert good["status"] == "queued" or any(key == "arq:queue" for key, *_ in pieces)


@given(pieces=rubbish)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_streams_begin_and_go_on(
    web: Web,
    store: Redis,
    pieces: list[Rubbish],
) -> None:
    begin(store)
    put(store, pieces)
    params = {"job": ["bad", "good"], "batch": "bad"}
    with (
        httpx.Client(base_url=web.url, timeout=20) as client,
        client.stream("GET", "/api/events", params=params) as stream,
    ):
        assert stream.status_code == 200
        put(store, [piece for piece in pieces if piece[0] == EVENTS])
        end: Any = {"event": "succeeded", "job_id": "good", "queue": "arq:queue", "data": '{"job_try":1}'}
        last = store.xadd(EVENTS, end)
        assert isinstance(last, bytes)
        read = read_until(stream, f"id: {last.decode()}")
    for frame in read.split("\n\n"):
        names = [line.partition(":")[0] for line in frame.split("\n") if line]
        assert len(names) == len(set(names)) or set(names) == {""}, frame
        data = [line[len("data: ") :] for line in frame.split("\n") if line.startswith("data: ")]
        if data:
            assert isinstance(json.loads(data[0], parse_constant=pytest.fail), dict)


def read_until(stream: httpx.Response, mark: str) -> str:
    """What comes over a stream up to the event that has a mark."""
    read = ""
    for text in stream.iter_text():
        read += text
        if mark in read and read.endswith("\n\n"):
            return read
    raise AssertionError(f"the stream ended: {read[-500:]}")


def test_what_is_no_event_is_told_as_such_to_who_watches_everything(web: Web, store: Redis) -> None:
    begin(store)
    forged: Any = {"event": "x\nevent: succeeded", "job_id": "good", "queue": "q", "data": "{}"}
    with (
        httpx.Client(base_url=web.url, timeout=20) as client,
        client.stream("GET", "/api/events") as stream,
    ):
        threading.Timer(0.2, lambda: store.xadd(EVENTS, forged)).start()
        read = read_until(stream, "its type is no plain word")
    assert "event: unreadable\n" in read
    assert "event: succeeded" not in read


def test_a_log_says_nothing_of_the_web_process_s_own_mistakes(web: Web, tmp_path: Path) -> None:
    """Last in this file: what was put into Redis has led to no traceback."""
    assert "Traceback" not in web.output()
