"""`arqlight worker`: one worker process, and the names on its command line."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from arq.connections import ArqRedis
from arq.jobs import Job, JobStatus

from tests.cli.commands import ARQLIGHT, Command, run
from tests.helpers import eventually
from tests.servers import Valkey

SETTINGS = """
import asyncio
import os

from arq.connections import RedisSettings


async def loop_name(ctx):
    return type(asyncio.get_running_loop()).__module__


async def sleep(ctx, seconds):
    await asyncio.sleep(seconds)
    return os.getpid()


class WorkerSettings:
    functions = [loop_name, sleep]
    redis_settings = RedisSettings.from_dsn(os.environ["REDIS_URL"])
    redis_settings.conn_retries = 0


class Patient(WorkerSettings):
    redis_settings = RedisSettings.from_dsn(os.environ["REDIS_URL"])
    redis_settings.conn_retries = 30


class ShortLease(WorkerSettings):
    lease = 0.5


class Text(WorkerSettings):
    max_jobs = "10"


class Failing(WorkerSettings):
    async def on_startup(ctx):
        raise ValueError("out of stock")


class NoCron(WorkerSettings):
    cron_jobs = [sleep]


class Base:
    redis_settings = WorkerSettings.redis_settings
    queue_name = "arq:based"


class Inherited(Base):
    functions = [loop_name]


functions = "a text"
class Nothing: pass
"""


@pytest.fixture(autouse=True)
def application(tmp_path: Path) -> None:
    """A module of a user's own, in the working directory."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "worker.py").write_text(SETTINGS)
    (tmp_path / "shop" / "broken.py").write_text("\nraise RuntimeError('no stock')\n")
    (tmp_path / "shop" / "unfinished.py").write_text("\n\nx = (\n")
    (tmp_path / "shop" / "needy.py").write_text("import no_such_package\n")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nowhere.worker.WorkerSettings", "There is no module 'nowhere' here ("),
        ("shop.nowhere.WorkerSettings", "There is no module 'shop.nowhere' here ("),
        ("shop.worker.Settings", "The module shop.worker has no 'Settings'."),
        ("shop.worker", "shop.worker is a module; name something in it"),
        ("shop.worker.Nothing", "shop.worker.Nothing is not a worker's settings class"),
        ("shop.worker.functions", "shop.worker.functions is not a worker's settings class"),
        ("WorkerSettings", "'WorkerSettings' does not name a module and something in it"),
        ("shop.broken.WorkerSettings", "broken.py:2: RuntimeError: no stock"),
        ("shop.unfinished.WorkerSettings", "unfinished.py:3: SyntaxError: '(' was never closed"),
        ("shop.needy.WorkerSettings", "needy.py:1: ModuleNotFoundError: No module named 'no_such_package'"),
    ],
)
def test_a_wrong_name_is_one_sentence(
    fails: Callable[..., str], nobody: str, name: str, sentence: str
) -> None:
    assert sentence in fails("worker", name, REDIS_URL=nobody)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ShortLease", "a lease of 0.5 s is too short to be renewed; 1 s is the least"),
        ("Text", "can only concatenate str (not \"int\") to str; max_jobs is '10', not a number"),
        ("NoCron", "cron_jobs, must be instances of CronJob"),
    ],
)
def test_settings_that_make_no_worker_are_one_sentence(
    fails: Callable[..., str], redis_url: str, name: str, reason: str
) -> None:
    sentence = fails("worker", f"shop.worker.{name}", REDIS_URL=redis_url)
    assert sentence == f"Error: No worker can be made from shop.worker.{name}: {reason}."


def test_an_error_of_ones_own_is_shown_whole(tmp_path: Path, redis_url: str) -> None:
    words = ("worker", "shop.worker.Failing")
    code, output = run(*ARQLIGHT, *words, directory=tmp_path, env={"REDIS_URL": redis_url})
    assert code == 1
    assert "Traceback" in output
    assert output.strip().endswith("ValueError: out of stock")


@pytest.mark.parametrize("name", ["WorkerSettings", "Inherited"])
@pytest.mark.parametrize("option", [[], ["--check"], ["--burst"]])
def test_an_unreachable_redis_is_one_sentence(
    fails: Callable[..., str], nobody: str, option: list[str], name: str
) -> None:
    sentence = fails("worker", f"shop.worker.{name}", *option, REDIS_URL=nobody)
    assert sentence == f"Error: Cannot reach Redis at {nobody.removeprefix('redis://')}: Connection refused."


@pytest.mark.parametrize("option", [[], ["--check"], ["--burst"]])
def test_a_wrong_password_is_one_sentence_at_once(
    fails: Callable[..., str], redis_url: str, option: list[str]
) -> None:
    """Other attempts would be further lines."""
    url = redis_url.replace("redis://", "redis://someone:secret@")
    sentence = fails("worker", "shop.worker.Patient", *option, REDIS_URL=url)
    address = redis_url.removeprefix("redis://").removesuffix("/0")
    assert sentence.startswith(f"Error: Redis at {address} refused the user name or password: ")
    assert "secret" not in sentence


def test_a_redis_that_is_away_at_the_start_is_waited_for(start: Callable[..., Command]) -> None:
    with Valkey() as server:
        server.stop()
        worker = start("worker", "shop.worker.Patient", REDIS_URL=server.url)
        worker.wait_for("redis connection error .* 30 retries remaining")
        server.start()
        worker.wait_for("Starting worker")


@pytest.mark.parametrize(
    "words", [[], ["x.Y", "--processes", "0"], ["x.Y", "--watch", "nowhere"], ["x.Y", "--no"]]
)
def test_a_wrong_command_line_is_exit_code_2(tmp_path: Path, words: list[str]) -> None:
    code, output = run(*ARQLIGHT, "worker", *words, directory=tmp_path)
    assert code == 2
    assert "Usage:" in output


async def test_a_burst_runs_what_is_queued_and_ends(tmp_path: Path, redis_url: str, redis: ArqRedis) -> None:
    job = await enqueue(redis, "sleep", 0)
    words = ("worker", "shop.worker.WorkerSettings", "--burst")
    code, output = run(*ARQLIGHT, *words, directory=tmp_path, env={"REDIS_URL": redis_url})
    assert code == 0, output
    assert await job.status() == JobStatus.complete
    assert "Starting worker for 2 functions: loop_name, sleep" in output


async def enqueue(redis: ArqRedis, function: str, *args: object) -> Job:
    job = await redis.enqueue_job(function, *args)
    assert job is not None
    return job


@pytest.mark.parametrize("name", ["shop.worker.WorkerSettings", "shop.worker:WorkerSettings"])
async def test_it_runs_on_uvloop(
    start: Callable[..., Command], redis_url: str, redis: ArqRedis, name: str
) -> None:
    start("worker", name, REDIS_URL=redis_url)
    job = await enqueue(redis, "loop_name")
    assert await job.result(timeout=20) == "uvloop"


@pytest.mark.parametrize("name", ["WorkerSettings", "Inherited"])
async def test_check_says_whether_a_worker_is_alive(
    start: Callable[..., Command], fails: Callable[..., str], tmp_path: Path, redis_url: str, name: str
) -> None:
    words = ("worker", f"shop.worker.{name}")
    assert "Health check failed" in fails(*words, "--check", REDIS_URL=redis_url)
    start(*words, REDIS_URL=redis_url).wait_for("Starting worker")

    async def is_healthy() -> bool:
        code, output = run(*ARQLIGHT, *words, "--check", directory=tmp_path, env={"REDIS_URL": redis_url})
        return code == 0 and "Health check successful" in output

    assert await eventually(is_healthy, timeout=20)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well(start: Callable[..., Command], redis_url: str, number: signal.Signals) -> None:
    worker = start("worker", "shop.worker.WorkerSettings", REDIS_URL=redis_url)
    worker.wait_for("Starting worker")
    worker.signal(number)
    assert worker.wait() == 0
    assert f"shutdown on {number.name}" in worker.output()
    assert "Traceback" not in worker.output()
