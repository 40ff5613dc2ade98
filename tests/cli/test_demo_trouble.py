"""`arqlight demo`: what cannot work is one sentence and exit code 1."""

import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from tests.cli.commands import ARQLIGHT, ROOT, Command, run


def test_a_taken_port(fails: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = fails("demo", PORT=str(port))
    assert sentence == (
        f"Error: Port {port} on 127.0.0.1 is taken by another program; choose another with --port or PORT."
    )


def test_an_unreachable_redis(fails: Callable[..., str], nobody: str) -> None:
    sentence = fails("demo", PORT="0", REDIS_URL=nobody)
    assert sentence.startswith(f"Error: Cannot reach Redis at {nobody}: ")


def test_a_redis_that_never_answers(fails: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        assert fails("demo", PORT="0", REDIS_URL=url).startswith(f"Error: Cannot reach Redis at {url}: ")


def test_a_redis_that_refuses_a_password_is_named_without_it(
    fails: Callable[..., str], redis_url: str
) -> None:
    url = redis_url.replace("redis://", "redis://someone:secret@")
    sentence = fails("demo", PORT="0", REDIS_URL=url)
    assert sentence.startswith(f"Error: Redis at {redis_url} refused the user name or password: ")
    assert "secret" not in sentence


def test_an_address_that_is_not_one_of_redis(fails: Callable[..., str]) -> None:
    assert "'http://example.com' is not the URL" in fails("demo", PORT="0", REDIS_URL="http://example.com")


def test_an_address_of_another_machine(fails: Callable[..., str]) -> None:
    assert "Cannot listen on port 0 of 192.0.2.1" in fails(
        "demo", "--insecure", "--host", "192.0.2.1", PORT="0"
    )


def test_a_front_end_that_is_not_built(start: Callable[..., Command], tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "arqlight"
    left_out = shutil.ignore_patterns("__pycache__", "vendor")
    shutil.copytree(ROOT / "src" / "arqlight", copy, ignore=left_out)
    demo = start("demo", PORT="0", PYTHONPATH=str(copy.parent))
    assert demo.wait(30) == 1
    assert "answers with status 503: The front end of arqlight is not built" in demo.output()
    assert demo.leaves_nothing()


def test_a_port_that_is_no_number_is_a_wrong_command_line(tmp_path: Path) -> None:
    code, output = run(*ARQLIGHT, "demo", directory=tmp_path, env={"PORT": "eighty"})
    assert code == 2
    assert "'eighty' is not a valid integer" in output
