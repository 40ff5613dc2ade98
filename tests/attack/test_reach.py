"""Claim: requests reach the queues and the functions that they may, and no other key that Redis holds."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from redis import Redis
from redis.exceptions import ResponseError

from arqlight import Queue, keys
from arqlight.web import mount

SCORES = "game:leaderboard"


@pytest.fixture
def store(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        client.zadd(SCORES, {"ada": 300})
        client.zadd(keys.WORKERS, {"worker-1": 9e15})
        yield client


def client_of(redis_url: str, **options: Any) -> TestClient:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Queue.connect(redis_url) as app.state.queue:
            yield

    app = FastAPI(lifespan=lifespan)
    mount(app, access="open", record=False, history="sqlite://", **options)
    return TestClient(app, base_url="http://localhost")


REQUESTS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("POST", "/api/jobs", {"function": "work", "job_id": "x", "queue": "{}"}),
    ("POST", "/api/batches", {"jobs": [{"function": "work", "job_id": "x"}], "queue": "{}"}),
    ("GET", "/api/jobs/ada?queue={}", None),
    ("POST", "/api/jobs/ada/abort?queue={}", None),
    ("POST", "/api/jobs/ada/retry?queue={}", None),
    ("POST", "/api/jobs/ada/run-now?queue={}", None),
    ("POST", "/api/jobs/ada/duplicate?queue={}", None),
    ("DELETE", "/api/jobs/ada?queue={}", None),
    ("POST", "/api/queues/{}/empty", None),
    ("POST", "/api/queues/{}/pause", None),
    ("POST", "/api/queues/{}/resume", None),
    ("POST", "/api/schedules/cron:x/off?queue={}", None),
    ("POST", "/api/schedules/cron:x/run-now?queue={}", None),
]


@pytest.mark.parametrize("queues", [None, ["arq:queue", "mail"], "found"], ids=["own", "named", "found"])
def test_no_route_touches_another_sorted_set(redis_url: str, store: Redis, queues: Any) -> None:
    before = {name: store.zrange(name, 0, -1, withscores=True) for name in (SCORES, keys.WORKERS)}
    with client_of(redis_url, queues=queues, functions="any") as client:
        for method, path, body in REQUESTS:
            for name in before:
                sent = None if body is None else {k: name if v == "{}" else v for k, v in body.items()}
                answer = client.request(method, path.format(name), json=sent)
                assert answer.status_code in {404, 422}, (method, path, answer.text)
                assert answer.json()["detail"].startswith(f"There is no queue '{name}' here: ")
    assert {name: store.zrange(name, 0, -1, withscores=True) for name in before} == before


def test_jobs_of_a_queue_that_only_workers_name_are_shown_and_not_changed(
    redis_url: str, store: Redis
) -> None:
    with client_of(redis_url, functions="any") as client:
        one = {"function": "work", "job_id": "one", "queue": "mail"}
        assert client.post("/api/jobs", json=one).status_code == 422
    with client_of(redis_url, queues=["mail"], functions="any") as client:
        assert client.post("/api/jobs", json=one).status_code == 201
        assert client.post("/api/jobs/one/abort?queue=mail").json()["answer"] == "aborted"


def test_a_queue_is_found_by_what_workers_leave(redis_url: str, store: Redis) -> None:
    marks: dict[str, Any] = {
        "by-arq": "by-arq:health-check",
        "by-arqlight": keys.counters("by-arqlight"),
        "by-pause": keys.paused("by-pause"),
    }
    with client_of(redis_url, queues="found", functions="any") as client:
        for name, mark in marks.items():
            body = {"function": "work", "queue": name}
            assert client.post("/api/jobs", json=body).status_code == 422
            store.set(mark, "1")
            assert client.post("/api/jobs", json=body).status_code == 201


def test_the_environment_may_name_queues_and_functions(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARQLIGHT_QUEUES", "mail, reports")
    monkeypatch.setenv("ARQLIGHT_FUNCTIONS", "work")
    with client_of(redis_url) as client:
        assert client.post("/api/jobs", json={"function": "work", "queue": "reports"}).status_code == 201
        refused = client.post("/api/jobs", json={"function": "play", "queue": "reports"})
        assert refused.json()["detail"] == "No worker has a function 'play'. The functions there are: work."


def test_a_function_of_which_nothing_is_known_is_refused(redis_url: str) -> None:
    with client_of(redis_url) as client:
        for path, body in (("jobs", {"function": "f"}), ("batches", {"jobs": [{"function": "f"}]})):
            answer = client.post(f"/api/{path}", json=body)
            assert answer.status_code == 422
            assert answer.json()["detail"] == (
                "No arqlight worker is up that could tell whether there is a function 'f'. "
                "Start one, or name the functions: mount(functions=...)."
            )


@pytest.mark.parametrize("options", [{"queues": "mail"}, {"functions": "work"}])
def test_one_name_in_place_of_a_list_is_refused(redis_url: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="It may be a list of names"):
        client_of(redis_url, **options)


@pytest.mark.parametrize("key", ["arq:queue", keys.EVENTS])
async def test_a_queue_or_a_log_of_another_type_leaves_no_record_that_takes_the_id(
    queue: Queue, key: str
) -> None:
    await queue.redis.set(key, "something else")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await queue.enqueue("work", _job_id="one")
    await queue.redis.delete(key)
    assert await queue.enqueue("work", _job_id="one") is not None


async def test_a_job_is_not_lost_that_is_run_again_while_its_queue_is_of_another_type(queue: Queue) -> None:
    await queue.enqueue("work", _job_id="one")
    assert await queue.abort("one") == "aborted"
    await queue.redis.set("arq:queue", "something else")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await queue.retry("one")
    assert (await queue.look_up("one")).job.outcome == "aborted"
