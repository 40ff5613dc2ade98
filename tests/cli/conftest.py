"""Fixtures for the tests of the command line."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.commands import ARQLIGHT, Command, run
from tests.servers import free_port


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Starts `arqlight` with the given words, and environment variables as keyword arguments."""
    with ExitStack() as stack:

        def start_command(*words: str, terminal: str | None = None, **env: str) -> Command:
            return stack.enter_context(
                Command(*ARQLIGHT, *words, directory=tmp_path, env=env, terminal=terminal)
            )

        yield start_command


@pytest.fixture
def start_demo(start: Callable[..., Command]) -> Callable[..., Command]:
    """Starts `arqlight demo` on a free port, and waits for its address."""

    def start_and_wait(terminal: str | None = None, **env: str) -> Command:
        command = start("demo", terminal=terminal, **{"PORT": "0", **env})
        assert command.url
        return command

    return start_and_wait


@pytest.fixture
def fails(tmp_path: Path) -> Callable[..., str]:
    """Runs `arqlight` with the given words, and makes sure that it ends with code 1 and one sentence."""

    def run_and_check(*words: str, **env: str) -> str:
        code, output = run(*ARQLIGHT, *words, directory=tmp_path, env=env)
        assert code == 1, output
        assert "Traceback" not in output
        assert len(output.strip().splitlines()) == 1, output
        return output.strip()

    return run_and_check


@pytest.fixture
def nobody() -> str:
    """The address of a Redis that is not there."""
    return f"redis://127.0.0.1:{free_port()}"
