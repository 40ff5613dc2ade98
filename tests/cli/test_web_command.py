"""`arqlight web`: the web server on its own."""

import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from arqlight.server import url_of
from arqlight.web.pages.sections import console_pages
from tests.cli.commands import ARQLIGHT, Command, run
from tests.helpers import wait_until
from tests.servers import free_port

APP = """
from fastapi import FastAPI, Request

app = FastAPI()


@app.get("/")
async def where(request: Request) -> str:
    return request.scope["root_path"]
"""
LISTENING = r"Listening on (http://\S+)"


@pytest.fixture
def application(tmp_path: Path) -> str:
    """An application of a user's own, in the working directory."""
    (tmp_path / "shop.py").write_text(APP)
    return "shop:app"


def test_it_opens_on_the_console_and_starts_no_task_of_the_demo(
    start: Callable[..., Command], redis_url: str
) -> None:
    url = start("web", "--environment", "staging", PORT="0", REDIS_URL=redis_url).wait_for(LISTENING)
    assert url.startswith("http://127.0.0.1:")
    opened = httpx.get(url, follow_redirects=True)
    assert (opened.status_code, opened.url.path) == (200, console_pages("")[0].path)
    assert '<span class="environment">staging</span>' in opened.text
    assert httpx.post(f"{url}/task", json={"count": 1}).status_code == 404
    watching = httpx.get(f"{url}/?job=one")
    assert watching.status_code == 200
    assert "tasks_form" not in watching.text


def test_the_environment_may_name_the_environment(start: Callable[..., Command], redis_url: str) -> None:
    named = {"ARQLIGHT_ENVIRONMENT": "production", "PORT": "0", "REDIS_URL": redis_url}
    url = start("web", **named).wait_for(LISTENING)
    opened = httpx.get(url, follow_redirects=True)
    assert '<span class="environment">production</span>' in opened.text


def test_it_serves_an_application_of_the_working_directory(
    start: Callable[..., Command], application: str
) -> None:
    command = start("web", "--app", application, "--port", "0", "--root-path", "/shop")
    assert httpx.get(command.wait_for(LISTENING)).json() == "/shop"


def test_the_port_of_the_option_wins_over_the_one_in_the_environment(
    start: Callable[..., Command], application: str
) -> None:
    port = free_port()
    command = start("web", "--app", application, "--port", str(port), PORT="1")
    assert command.wait_for(LISTENING) == f"http://127.0.0.1:{port}"


def test_requests_are_logged_only_when_that_is_asked_for(
    start: Callable[..., Command], application: str
) -> None:
    quiet = start("web", "--app", application, "--port", "0")
    httpx.get(quiet.wait_for(LISTENING))
    loud = start("web", "--app", application, "--port", "0", "--access-log")
    httpx.get(loud.wait_for(LISTENING))
    loud.wait_for('"GET / HTTP/1.1" 200')
    assert "GET /" not in quiet.output()


def test_it_does_not_say_what_it_is_made_of(start: Callable[..., Command], application: str) -> None:
    command = start("web", "--app", application, "--port", "0")
    assert "server" not in httpx.get(command.wait_for(LISTENING)).headers


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_under_two_seconds_with_a_stream_open(
    start: Callable[..., Command], redis_url: str, number: signal.Signals
) -> None:
    command = start("web", PORT="0", REDIS_URL=redis_url)
    url = command.wait_for(LISTENING)
    with httpx.stream("GET", f"{url}/api/events", timeout=10) as stream:
        assert stream.status_code == 200
        command.signal(number)
        began = time.monotonic()
        assert command.wait() in {0, -number}
    assert time.monotonic() - began < 2
    assert "Traceback" not in command.output()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nowhere:app", "There is no module 'nowhere' here ("),
        ("shop:nothing", "The module shop has no 'nothing'."),
        ("shop", "'shop' does not name a module and something in it, as arqlight.console:app does."),
    ],
)
def test_a_wrong_name_is_one_sentence(
    fails: Callable[..., str], application: str, name: str, sentence: str
) -> None:
    assert application
    assert sentence in fails("web", "--port", "0", "--app", name)


def test_a_taken_port_is_one_sentence(fails: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} on 127.0.0.1 is taken" in fails("web", "--port", str(port))


def test_a_redis_that_is_away_is_said_and_waited_for(start: Callable[..., Command], nobody: str) -> None:
    command = start("web", PORT="0", REDIS_URL=nobody)
    command.wait_for(f"WARNING: +Cannot reach Redis at {nobody}: Connection refused.")
    url = command.wait_for(LISTENING)
    answer = httpx.post(f"{url}/api/jobs", json={"function": "f"}, timeout=30)
    assert answer.status_code == 503
    assert wait_until(lambda: httpx.get(url, follow_redirects=True).status_code == 200)


def test_a_socket_that_is_none_is_one_sentence(fails: Callable[..., str]) -> None:
    assert fails("web", "--fd", "9") == "Error: File descriptor 9 is not a socket."


def test_an_unknown_option_is_a_wrong_command_line(tmp_path: Path) -> None:
    code, output = run(*ARQLIGHT, "web", "--no-such-option", directory=tmp_path)
    assert code == 2
    assert "No such option" in output


@pytest.mark.parametrize(
    ("family", "host", "expected"),
    [
        (socket.AF_INET, "127.0.0.1", "http://127.0.0.1:{}"),
        (socket.AF_INET, "0.0.0.0", "http://127.0.0.1:{}"),  # noqa: S104  # that is the case
        (socket.AF_INET6, "::1", "http://[::1]:{}"),
        (socket.AF_INET6, "::", "http://[::1]:{}"),
    ],
)
def test_the_address_that_is_printed_can_be_opened(
    family: socket.AddressFamily, host: str, expected: str
) -> None:
    with socket.create_server((host, 0), family=family) as listener:
        assert url_of(listener) == expected.format(listener.getsockname()[1])
