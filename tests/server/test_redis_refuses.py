"""A Redis that answers, and says no: what the client is told, and what the log."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi.testclient import TestClient
from redis import Redis

from tests.server.test_rights import build
from tests.servers import Valkey

OPERATOR = {"x-right": "operate"}
USER = "secret-user-of-redis"


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    with Valkey(maxmemory_policy="noeviction") as server:
        yield server


def refused(client: TestClient) -> str:
    job = {"function": "create_task", "args": [1], "job_id": "one"}
    answer = client.post("/jobs/api/jobs", json=job, headers=OPERATOR)
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    detail: str = answer.json()["detail"]
    return detail


def test_a_full_redis_is_told_without_the_names_of_scripts(
    own_valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        TestClient(build(own_valkey.url, "sqlite:///never-opened")) as client,
        Redis.from_url(own_valkey.url) as redis,
    ):
        redis.config_set("maxmemory", "1")
        told = refused(client)
    assert told == "Redis refused a command: it has no memory left. The server's log has its own words."
    assert "user_script" in caplog.text


def test_a_user_of_redis_without_the_right_is_not_named(own_valkey: Valkey) -> None:
    with Redis.from_url(own_valkey.url) as redis:
        redis.execute_command("ACL", "SETUSER", USER, "on", ">pass", "~*", "&*", "+@all", "-xadd")
    url = own_valkey.url.replace("redis://", f"redis://{USER}:pass@")
    with TestClient(build(url, "sqlite:///never-opened")) as client:
        told = refused(client)
    assert USER not in told
    assert "xadd" not in told
    assert told.startswith("Redis refused a command")


def test_a_wrong_password_is_told_apart_from_a_redis_that_is_away(
    own_valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    url = own_valkey.url.replace("redis://", "redis://nobody:wrong@")
    with TestClient(build(url, "sqlite:///never-opened")) as client:
        told = refused(client)
    assert "it does not take our user name or password" in told
    assert "is away" not in caplog.text


@pytest.mark.parametrize("job_id", ["a\nb", "a\rb", "\x00", "a\u2028b"])
def test_an_id_that_no_address_can_name_is_refused(own_valkey: Valkey, job_id: str) -> None:
    with TestClient(build(own_valkey.url, "sqlite:///never-opened")) as client:
        job = {"function": "create_task", "job_id": job_id}
        for path, body in (("jobs", job), ("batches", {"jobs": [job]})):
            answer = client.post(f"/jobs/api/{path}", json=body, headers=OPERATOR)
            assert answer.status_code == 422
            assert "must have no line breaks or other control characters" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"not JSON", b"x" * 2_000_000])
def test_another_sites_page_is_refused_before_its_body_is_looked_at(own_valkey: Valkey, body: bytes) -> None:
    with TestClient(build(own_valkey.url, "sqlite:///never-opened")) as client:
        headers = {**OPERATOR, "origin": "https://evil.example", "content-type": "application/json"}
        assert client.post("/jobs/api/jobs", content=body, headers=headers).status_code == 403
