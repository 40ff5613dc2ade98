"""`arqlight worker --processes N` and `--watch`: a parent that keeps worker processes running."""

import os
import pty
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from arq.connections import ArqRedis

from tests.cli.commands import ARQLIGHT, Command, run
from tests.helpers import eventually, wait_until

SETTINGS = """
import asyncio
import os

from arq.connections import RedisSettings

VERSION = 1


async def version(ctx):
    return VERSION


async def sleep(ctx, seconds):
    await asyncio.sleep(seconds)


async def leave(ctx):
    os._exit(7)


class WorkerSettings:
    functions = [version, sleep]
    redis_settings = RedisSettings.from_dsn(os.environ["REDIS_URL"])
    redis_settings.conn_retries = 0


class PatientSettings(WorkerSettings):
    functions = [sleep]
    redis_settings = WorkerSettings.redis_settings
    job_completion_wait = 60


class DoomedSettings(WorkerSettings):
    functions = [version]
    redis_settings = WorkerSettings.redis_settings
    on_startup = leave
"""
NAME = "shop.worker.WorkerSettings"


@pytest.fixture(autouse=True)
def module(tmp_path: Path) -> Path:
    """A settings module of a user's own, in a directory that is watched."""
    path = tmp_path / "shop" / "worker.py"
    path.parent.mkdir()
    path.write_text(SETTINGS)
    return path


@pytest.fixture
def fleet(start: Callable[..., Command], redis_url: str) -> Callable[..., Command]:
    """Starts a fleet of two, and waits until both are up."""

    def start_two(*words: str, name: str = NAME, terminal: str | None = None) -> Command:
        command = start("worker", name, "--processes", "2", *words, terminal=terminal, REDIS_URL=redis_url)
        if terminal is None:
            assert wait_until(lambda: ups(command) == 2, timeout=20)
        return command

    return start_two


def ups(fleet: Command) -> int:
    """How often a worker process has said that it is up."""
    return fleet.output().count("Starting worker for")


def told(fleet: Command, name: str) -> int:
    """How often a worker process has said that it got this signal."""
    return fleet.output().count(f"shutdown on {name} ◆")


def children(fleet: Command) -> list[psutil.Process]:
    """The worker processes."""
    return [
        process
        for process in fleet.family()
        if process.pid != fleet.pid and "arqlight worker" in " ".join(process.cmdline())
    ]


def test_each_worker_is_a_process_of_its_own(fleet: Callable[..., Command]) -> None:
    assert len(children(fleet())) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_of_them(fleet: Callable[..., Command], number: signal.Signals) -> None:
    command = fleet()
    command.signal(number)
    assert command.wait() == 0
    assert command.leaves_nothing()
    assert told(command, "SIGINT" if number is signal.SIGINT else "SIGTERM") == 2
    assert "Traceback" not in command.output()


def test_control_c_in_a_terminal_reaches_each_of_them_once(fleet: Callable[..., Command]) -> None:
    master, slave = pty.openpty()
    command = fleet(terminal=os.ttyname(slave))
    assert wait_until(lambda: ups(command) == 2, timeout=20)
    os.write(master, b"\x03")
    assert command.wait() == 0
    assert told(command, "SIGINT") == 2
    assert command.leaves_nothing()


async def test_a_second_signal_reaches_them_too(fleet: Callable[..., Command], redis: ArqRedis) -> None:
    command = fleet(name="shop.worker.PatientSettings")
    await redis.enqueue_job("sleep", 50)
    assert await eventually(lambda: "sleep(50)" in command.output())
    command.signal(signal.SIGTERM)
    assert await eventually(lambda: len(children(command)) == 1)
    command.signal(signal.SIGTERM)
    assert command.wait() == 0
    assert command.leaves_nothing()


def test_one_that_dies_is_started_again_and_that_is_said(fleet: Callable[..., Command]) -> None:
    command = fleet()
    victim = children(command)[0]
    victim.kill()
    command.wait_for(rf"\(pid {victim.pid}\) ended: killed by SIGKILL; starting it again in 1 s")
    assert wait_until(lambda: ups(command) == 3, timeout=20)
    assert len(children(command)) == 2


@pytest.mark.slow
def test_when_none_survives_its_start_it_gives_up(tmp_path: Path, redis_url: str) -> None:
    words = ("worker", "shop.worker.DoomedSettings", "--processes", "2")
    code, output = run(*ARQLIGHT, *words, directory=tmp_path, env={"REDIS_URL": redis_url})
    assert code == 1
    assert "exit code 7; no worker process survives its start, giving up" in output


def test_a_wrong_name_is_said_once(fails: Callable[..., str], redis_url: str) -> None:
    sentence = fails("worker", "shop.worker.Nothing", "--processes", "2", REDIS_URL=redis_url)
    assert sentence == "Error: The module shop.worker has no 'Nothing'."


async def test_a_burst_is_over_when_all_of_them_are(tmp_path: Path, redis_url: str, redis: ArqRedis) -> None:
    jobs = [await redis.enqueue_job("version") for _ in range(20)]
    words = ("worker", NAME, "--processes", "2", "--burst")
    code, output = run(*ARQLIGHT, *words, directory=tmp_path, env={"REDIS_URL": redis_url})
    assert code == 0, output
    assert [await job.result(timeout=1) for job in jobs if job] == [1] * 20


def test_killing_the_parent_outright_stops_them(fleet: Callable[..., Command]) -> None:
    command = fleet()
    command.signal(signal.SIGKILL)
    assert command.wait() == -signal.SIGKILL
    assert wait_until(command.leaves_nothing, timeout=10)
    assert told(command, "SIGTERM") == 2


def change(module: Path, text: str) -> None:
    """Write the module anew."""
    module.write_text(text)


async def test_a_changed_file_starts_them_again_with_the_new_code(
    fleet: Callable[..., Command], module: Path, redis: ArqRedis
) -> None:
    command = fleet("--watch", str(module.parent))
    # Another length: Python takes cached bytecode for current by its source's size and whole second.
    change(module, SETTINGS.replace("VERSION = 1", "VERSION = 22"))
    assert await eventually(lambda: ups(command) == 4, timeout=20)
    job = await redis.enqueue_job("version")
    assert job is not None
    assert await job.result(timeout=10) == 22


def test_a_file_that_is_broken_for_a_while_does_not_end_it(
    fleet: Callable[..., Command], module: Path
) -> None:
    command = fleet("--watch", str(module.parent))
    change(module, "x = (")
    command.wait_for("SyntaxError", timeout=20)
    change(module, SETTINGS)
    assert wait_until(lambda: ups(command) >= 4, timeout=20)
    assert len(children(command)) == 2
