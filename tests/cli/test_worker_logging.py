"""`arqlight worker --custom-log-dict`: logging configured by a dict, also by one that was written for arq."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from tests.cli.commands import Command
from tests.helpers import wait_until
from tests.servers import Valkey

# Its import makes the worker's loggers before they are configured, as that of most applications does.
SETTINGS = """
import os

from arqlight import RedisSettings, Worker


async def nothing(ctx):
    pass


class WorkerSettings:
    functions = [nothing]
    redis_settings = RedisSettings.from_dsn(os.environ["REDIS_URL"])


def log(loggers, **more):
    return {
        "version": 1,
        "formatters": {name: {"format": f"{name} %(name)s %(message)s"} for name in ("OWN", "THEIRS")},
        "handlers": {
            name: {"class": "logging.StreamHandler", "formatter": name} for name in ("OWN", "THEIRS")
        },
        "loggers": loggers,
        **more,
    }


OWN = {"handlers": ["OWN"], "level": "INFO"}
THEIRS = {"handlers": ["THEIRS"], "level": "INFO"}
OF_ARQ = log({"arq": OWN})
OF_ARQ_WORKER = log({"arq.worker": OWN})
OF_ROOT = log({}, root=OWN)
ALONE = log({"arq": {**OWN, "propagate": False}}, root=THEIRS)
BOTH = log({"arq": THEIRS, "arqlight": OWN})
BOTH_WORKERS = log({"arq": THEIRS, "arqlight.worker": OWN})
BROKEN = {"version": 7}
TEXT = "a text"
"""


@pytest.fixture(autouse=True)
def application(tmp_path: Path) -> None:
    """A module of a user's own, in the working directory."""
    (tmp_path / "shop.py").write_text(SETTINGS)


def words(name: str) -> list[str]:
    return ["worker", "shop.WorkerSettings", "--custom-log-dict", f"shop.{name}"]


def test_logging_may_be_configured_by_a_dict(start: Callable[..., Command], redis_url: str) -> None:
    start(*words("OF_ARQ"), REDIS_URL=redis_url).wait_for(r"OWN arq\.worker Starting worker")


@pytest.mark.parametrize("name", ["OF_ARQ", "OF_ARQ_WORKER", "OF_ROOT", "ALONE", "BOTH", "BOTH_WORKERS"])
def test_warnings_of_arqlight_go_where_the_dict_sends_them_else_where_it_sends_those_of_arq(
    start: Callable[..., Command], name: str
) -> None:
    with Valkey() as server:
        worker = start(*words(name), REDIS_URL=server.url)
        with Redis.from_url(server.url) as redis:
            wait_until(lambda: redis.exists("arq:queue:health-check"), timeout=20)
        server.kill()
        worker.wait_for(r"OWN arqlight\.worker redis is away")
        assert "THEIRS arqlight" not in worker.output()


@pytest.mark.parametrize("name", ["BROKEN", "TEXT"])
def test_a_dict_that_does_not_configure_logging_is_one_sentence(
    fails: Callable[..., str], redis_url: str, name: str
) -> None:
    assert f"shop.{name} cannot configure logging" in fails(*words(name), REDIS_URL=redis_url)


def test_logs_may_be_json(start: Callable[..., Command], redis_url: str) -> None:
    words = ["worker", "shop.WorkerSettings", "--json-logs", "--burst"]
    worker = start(*words, REDIS_URL=redis_url)
    worker.wait_for(r'"message": "Starting worker for 1 functions: nothing"')
    wait_until(lambda: not worker.running, timeout=30)
    lines = [json.loads(line) for line in worker.output().splitlines()]
    assert {"time", "level", "logger", "message"} <= set(lines[0])


def test_names_to_hide_that_cannot_be_meant_are_one_sentence(
    fails: Callable[..., str], redis_url: str
) -> None:
    said = fails("worker", "shop.WorkerSettings", REDIS_URL=redis_url, ARQLIGHT_REDACT=",")
    assert "ARQLIGHT_REDACT: Names of fields to redact are missing" in said
