import asyncio
import json
import pickle
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from arq.connections import ArqRedis

from arqlight import keys
from tests.web import Web

JSON = {"content-type": "application/json"}
WRITES = ["/task", "/api/jobs", "/api/batches"]


def assert_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem


@pytest.mark.parametrize("path", WRITES)
async def test_a_body_of_a_gigabyte_is_refused_before_it_is_sent(web: Web, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    length = "Content-Length: 1000000000"
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{length}"
    writer.write(head.encode() + b"\r\n\r\n" + b" " * 1000)
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"}")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer
    writer.close()
    await writer.wait_closed()


def test_a_body_of_a_gigabyte_that_is_sent_all_the_same_takes_no_memory(web: Web) -> None:
    def gigabyte() -> Iterator[bytes]:
        chunk = b" " * 1_000_000
        for _ in range(1000):
            yield chunk

    memory = web.memory()
    with httpx.Client(base_url=web.url, timeout=60) as client:
        response = client.post("/task", content=gigabyte(), headers={**JSON, "content-length": "1000000000"})
    assert_problem(response, 413)
    assert web.memory() - memory < 20_000_000


@pytest.mark.parametrize("path", WRITES)
async def test_a_body_that_does_not_say_its_length_is_refused_when_it_is_too_long(
    client: httpx.AsyncClient, path: str
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    response = await client.post(path, content=chunks(), headers=JSON)
    assert_problem(response, 413)


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'"text"', 422),
        (b"\xff\xfe", 422),
        (b"\xff\xff", 400),
        # Before Python 3.14 it is too deep to be read at all.
        (b"[" * 50_000, 400 if sys.version_info < (3, 14) else 422),
        (b'{"count": ' + b"9" * 5000 + b"}", 400),
    ],
)
async def test_a_body_that_is_no_proper_json_object_is_refused(
    client: httpx.AsyncClient, path: str, body: bytes, status: int
) -> None:
    response = await client.post(path, content=body, headers=JSON)
    assert_problem(response, status)


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_that_is_not_declared_as_json_is_refused(
    client: httpx.AsyncClient, path: str, content_type: str
) -> None:
    response = await client.post(path, content=b'{"count": 1}', headers={"content-type": content_type})
    problem = assert_problem(response, 415)
    assert "application/json" in problem["detail"]


async def test_text_that_is_no_valid_unicode_is_shown_or_refused_and_never_breaks_an_answer(
    client: httpx.AsyncClient,
) -> None:
    body = b'{"function": "echo", "args": ["\\ud800"], "kwargs": {"\\udfff": 1}}'
    response = await client.post("/api/jobs", content=body, headers=JSON)
    assert response.status_code == 201
    job = (await client.get(f"/api/jobs/{response.json()['job_id']}")).json()["job"]
    assert job["args"] == ["\\ud800"]
    for field in ("function", "job_id", "queue"):
        text = json.dumps({"function": "echo", field: "\ud800"}).encode()
        assert_problem(await client.post("/api/jobs", content=text, headers=JSON), 422)


async def test_numbers_that_json_has_not_do_no_harm(client: httpx.AsyncClient) -> None:
    body = b'{"function": "echo", "args": [NaN, Infinity, 1e999]}'
    response = await client.post("/api/jobs", content=body, headers=JSON)
    assert response.status_code == 201
    job_id = response.json()["job_id"]
    assert (await client.get(f"/api/jobs/{job_id}")).json()["job"]["args"] == ["NaN", "Infinity", "Infinity"]


async def test_deeply_nested_arguments_do_no_harm(client: httpx.AsyncClient) -> None:
    body = b'{"function": "echo", "args": ' + b"[" * 400 + b"]" * 400 + b"}"
    response = await client.post("/api/jobs", content=body, headers=JSON)
    assert response.status_code in (201, 422)
    if response.status_code == 201:
        assert (await client.get(f"/api/jobs/{response.json()['job_id']}")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/task", "POST"),
        ("PUT", "/api/jobs", "GET"),
        ("DELETE", "/api/queues", "GET"),
        ("POST", "/api/events", "GET"),
    ],
)
async def test_a_method_that_a_path_has_not_is_refused(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    response = await client.request(method, path)
    assert_problem(response, 405)
    assert response.headers["allow"] == allowed


async def test_a_path_of_nobody_is_the_applications_to_answer(client: httpx.AsyncClient) -> None:
    response = await client.get("/nothing/here")
    assert response.status_code == 404
    assert response.json() == {"detail": "Not Found"}


class Exploit:
    """Runs a command when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (self.path, "w"))


@pytest.mark.parametrize("protocol", range(6))
async def test_records_that_would_run_code_are_shown_and_run_nothing(
    client: httpx.AsyncClient, redis: ArqRedis, tmp_path: Any, protocol: int
) -> None:
    proof = tmp_path / "it ran"
    record = {"t": 1, "f": "echo", "a": (Exploit(str(proof)),), "k": {}, "et": 1}
    result = {**record, "s": True, "r": Exploit(str(proof)), "st": 1, "ft": 2, "q": "arq:queue", "id": "one"}
    await redis.set(keys.job("waiting"), pickle.dumps(record, protocol))
    await redis.set(keys.result("done"), pickle.dumps(result, protocol))
    job = (await client.get("/api/jobs/done")).json()["job"]
    assert (job["status"], job["outcome"]) == ("complete", "succeeded")
    assert job["result"]["$object"].endswith("open")
    assert job["args"] == [job["result"]]
    assert (await client.get("/task/done")).json()["result"] == job["result"]
    await redis.zadd("arq:queue", {"waiting": 1})
    assert (await client.get("/api/jobs/waiting")).json()["job"]["args"] == [job["result"]]
    assert not proof.exists()


@pytest.mark.parametrize(
    "garbage", [b"", b"garbage", b"\x80\x05.", b"cos\nsystem\n(S'true'\ntR.", b"\x80" * 1000]
)
async def test_records_that_nobody_can_read_are_no_error(
    client: httpx.AsyncClient, redis: ArqRedis, garbage: bytes
) -> None:
    await redis.set(keys.job("waiting"), garbage)
    await redis.zadd("arq:queue", {"waiting": 1})
    await redis.set(keys.result("done"), garbage)
    for job_id in ("waiting", "done"):
        response = await client.get(f"/task/{job_id}")
        assert response.status_code == 200
        assert (await client.get(f"/api/jobs/{job_id}")).status_code in (200, 404)


async def test_a_key_of_another_kind_in_our_place_is_no_internal_error(
    client: httpx.AsyncClient, redis: ArqRedis
) -> None:
    await redis.zadd(keys.job("odd"), {"a": 1})
    response = await client.get("/task/odd")
    assert (response.status_code, response.json()["status"]) == (200, "not_found")
