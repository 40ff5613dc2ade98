"""Beyond this machine, the web server starts once somebody has said who may do what."""

import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.cli.commands import Command

LISTENING = r"Listening on (http://\S+)"
ALL = "0.0.0.0"  # noqa: S104
APP = """
from fastapi import FastAPI

from arqlight.web import Right, Viewer, mount


async def who() -> Viewer:
    return Viewer("somebody", Right.watch_own)


app = FastAPI()
mount(app, prefix="/jobs", access=who, record=False)
outer = FastAPI()
outer.mount("/in", app)

forgotten = FastAPI()
mount(forgotten, record=False)
around_forgotten = FastAPI()
around_forgotten.mount("/in", forgotten)
"""


@pytest.fixture
def shop(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(APP)


@pytest.mark.parametrize("words", [["demo"], ["dev"], ["web"]])
def test_another_host_is_refused_with_what_to_set(fails: Callable[..., str], words: list[str]) -> None:
    told = fails(*words, "--host", ALL, PORT="0")
    assert f"On {ALL} other machines reach this server" in told
    for setting in ("ARQLIGHT_USER", "ARQLIGHT_PASSWORD_HASH", "--insecure", "ARQLIGHT_ACCESS=open"):
        assert setting in told


@pytest.mark.parametrize("name", ["forgotten", "around_forgotten"])
def test_a_mount_that_does_not_say_who_may_come_is_refused_too(
    fails: Callable[..., str], shop: None, name: str
) -> None:
    assert "mount(access=...)" in fails("web", "--app", f"shop:{name}", "--host", ALL, PORT="0")


@pytest.mark.parametrize("name", ["app", "outer"])
def test_a_mount_that_says_who_may_come_is_served(
    start: Callable[..., Command], shop: None, nobody: str, name: str
) -> None:
    command = start("web", "--app", f"shop:{name}", "--host", ALL, PORT="0", REDIS_URL=nobody)
    assert command.wait_for(LISTENING)


def test_with_a_login_another_host_is_served_and_asks_for_it(
    start: Callable[..., Command], nobody: str
) -> None:
    login = {"ARQLIGHT_USER": "ada", "ARQLIGHT_PASSWORD": "open sesame"}
    url = start("web", "--host", ALL, PORT="0", REDIS_URL=nobody, **login).wait_for(LISTENING)
    assert httpx.get(url).headers["location"] == "/login?next=%2F"
    assert httpx.get(f"{url}/api/audit").status_code == 401


@pytest.mark.parametrize("how", ["--insecure", "ARQLIGHT_ACCESS"])
def test_who_says_so_opens_it_to_everybody(start: Callable[..., Command], nobody: str, how: str) -> None:
    words, env = (["--insecure"], {}) if how == "--insecure" else ([], {"ARQLIGHT_ACCESS": "open"})
    url = start("web", "--host", ALL, *words, PORT="0", REDIS_URL=nobody, **env).wait_for(LISTENING)
    proxied = {"x-forwarded-for": "203.0.113.9"}  # not from this machine, as far as it can tell
    assert httpx.get(f"{url}/?job=one", headers=proxied).status_code == 200
    named = {"host": "jobs.example.org"}
    assert httpx.get(url, headers=named).status_code == 400


def test_insecure_beside_users_is_a_contradiction(fails: Callable[..., str]) -> None:
    login = {"ARQLIGHT_USER": "ada", "ARQLIGHT_PASSWORD": "open sesame"}
    assert "Unset one of them" in fails("web", "--host", ALL, "--insecure", PORT="0", **login)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_needs_no_login(start: Callable[..., Command], nobody: str, host: str) -> None:
    if host == "::1" and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    url = start("web", "--host", host, PORT="0", REDIS_URL=nobody).wait_for(LISTENING)
    assert httpx.get(f"{url}/?job=one").status_code == 200
    proxied = httpx.get(url, headers={"x-forwarded-for": "203.0.113.9"})
    assert proxied.status_code == 403
    assert "ARQLIGHT_USER" in proxied.text


def test_names_besides_those_of_this_machine_are_answered_to_when_they_are_set(
    start: Callable[..., Command], nobody: str
) -> None:
    env = {"ARQLIGHT_ALLOWED_HOSTS": "jobs.example.org", "ARQLIGHT_ACCESS": "open"}
    url = start("web", PORT="0", REDIS_URL=nobody, **env).wait_for(LISTENING)
    for name, status in (("jobs.example.org", 200), ("evil.example", 400), ("localhost:1", 200)):
        assert httpx.get(f"{url}/?job=one", headers={"host": name}).status_code == status


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False
