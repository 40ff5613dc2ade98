"""`/healthz` and `/readyz` tell the truth, and need no login."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.helpers import wait_until
from tests.server.test_rights import build
from tests.servers import Valkey


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    with Valkey() as server:
        yield server


def test_a_process_is_ready_while_its_redis_answers(own_valkey: Valkey) -> None:
    with TestClient(build(own_valkey.url, "sqlite:///never-opened")) as client:
        assert (client.get("/jobs/readyz").status_code, client.get("/jobs/healthz").text) == (200, "alive")
        own_valkey.stop()
        away = client.get("/jobs/readyz")
        assert (away.status_code, away.text, away.headers["retry-after"]) == (503, "Redis is away", "1")
        assert client.get("/jobs/healthz").status_code == 200
        own_valkey.start()
        wait_until(lambda: client.get("/jobs/readyz").status_code == 200)


def test_a_redis_that_does_not_answer_is_away(own_valkey: Valkey) -> None:
    with TestClient(build(own_valkey.url, "sqlite:///never-opened")) as client:
        assert client.get("/jobs/readyz").status_code == 200
        with own_valkey.stalled():
            assert client.get("/jobs/readyz").text == "Redis is away"


def test_a_redis_that_refuses_is_told_apart(own_valkey: Valkey) -> None:
    url = own_valkey.url.replace("redis://", "redis://nobody:wrong@")
    with TestClient(build(url, "sqlite:///never-opened")) as client:
        assert client.get("/jobs/readyz").text == "Redis refuses"
