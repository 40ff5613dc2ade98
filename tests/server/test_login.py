"""Logging in and out by the page, as a browser without JavaScript does it."""

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from arqlight.web import Right, Viewer, mount
from arqlight.web.auth import passwords
from arqlight.web.auth.accounts import TRIES_OF_AN_ADDRESS, Accounts, Person, Program, hash_token
from arqlight.web.auth.passwords import hash_password
from arqlight.web.auth.returning import own_path

PASSWORD = "open sesame"  # noqa: S105
HASH = hash_password(PASSWORD)
TOKEN = "a-token-of-more-than-twenty-characters"  # noqa: S105
PEOPLE = [
    Person(Viewer("ada", Right.operate), HASH),
    Person(Viewer("bob", Right.watch_own, owner="bob"), HASH),
]
ADA = {"name": "ada", "password": PASSWORD}


def build(prefix: str = "/jobs") -> FastAPI:
    app = FastAPI()
    programs = [Program(Viewer("deploy", Right.view_all), hash_token(TOKEN))]
    mount(
        app,
        prefix=prefix,
        access=Accounts(PEOPLE, programs, "x" * 32),
        history="sqlite:///never-opened",
        record=False,
    )
    return app


@pytest.fixture
def browser() -> TestClient:
    return TestClient(build(), follow_redirects=False)


def test_a_page_leads_to_the_login_and_the_login_back_to_it(browser: TestClient) -> None:
    wanted = "/jobs/console/jobs?state=failed&q=a%20b"
    asked = browser.get(wanted)
    assert asked.status_code == 303
    form = browser.get(asked.headers["location"])
    assert form.status_code == 200
    assert "default-src 'self'" in form.headers["content-security-policy"]
    named = re.search(r'name="next" value="([^"]*)"', form.text)
    assert named is not None
    answer = browser.post("/jobs/login", data={**ADA, "next": named[1].replace("&amp;", "&")})
    assert (answer.status_code, answer.headers["location"]) == (303, wanted)
    page = browser.get(wanted)
    assert page.status_code == 200
    assert "Logged in as ada" in page.text
    assert 'action="/jobs/logout"' in page.text


def test_the_sessions_cookie_is_for_this_site_and_path_and_no_script(browser: TestClient) -> None:
    cookie = browser.post("/jobs/login", data=ADA).headers["set-cookie"]
    for attribute in ("HttpOnly", "SameSite=strict", "Path=/jobs", "Max-Age=43200"):
        assert attribute in cookie
    assert "Secure" not in cookie
    encrypted = TestClient(build(), base_url="https://testserver", follow_redirects=False)
    assert "Secure" in encrypted.post("/jobs/login", data=ADA).headers["set-cookie"]


def test_behind_a_proxy_the_login_is_under_what_that_adds() -> None:
    browser = TestClient(build(), root_path="/ops", follow_redirects=False)
    assert browser.get("/jobs/").headers["location"].startswith("/ops/jobs/login?")
    answer = browser.post("/jobs/login", data=ADA)
    assert answer.headers["location"] == "/ops/jobs/"
    assert "Path=/ops/jobs" in answer.headers["set-cookie"]


def test_who_logs_out_has_no_session_any_more(browser: TestClient) -> None:
    browser.post("/jobs/login", data=ADA)
    assert browser.get("/jobs/?job=a").status_code == 200
    answer = browser.post("/jobs/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs/login")
    assert browser.get("/jobs/?job=a").status_code == 303
    assert browser.get("/jobs/logout").status_code == 405


def test_a_wrong_password_is_said_and_the_name_stays(browser: TestClient) -> None:
    answer = browser.post("/jobs/login", data={"name": '"><b>ada', "password": "wrong"})
    assert answer.status_code == 403
    assert "There is no such name with this password." in answer.text
    assert 'value="&#34;&gt;&lt;b&gt;ada"' in answer.text
    assert "set-cookie" not in answer.headers


def test_too_many_wrong_passwords_are_refused_for_a_while_and_that_is_said(browser: TestClient) -> None:
    for _ in range(TRIES_OF_AN_ADDRESS):
        assert browser.post("/jobs/login", data={"name": "ada", "password": "wrong"}).status_code == 403
    answer = browser.post("/jobs/login", data=ADA)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 300
    assert "Try again in 5 minutes." in answer.text


def test_more_than_can_be_checked_at_once_are_asked_to_wait(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "MOST_WAITING", 0)
    answer = browser.post("/jobs/login", data=ADA)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_a_form_of_another_site_logs_nobody_in_or_out(browser: TestClient) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert browser.post("/jobs/login", data=ADA, headers=headers).status_code == 403
        assert browser.post("/jobs/logout", headers=headers).status_code == 403


def test_who_comes_by_another_sites_link_is_sent_once_more_so_that_the_cookie_comes_along(
    browser: TestClient,
) -> None:
    address = "/jobs/login?next=/jobs/console/jobs"
    led = browser.get(address, headers={"sec-fetch-site": "cross-site"})
    assert 'http-equiv="refresh" content="0;url=/jobs/login?next=%2Fjobs%2Fconsole%2Fjobs"' in led.text
    assert "refresh" not in browser.get(address, headers={"sec-fetch-site": "same-origin"}).text
    browser.post("/jobs/login", data=ADA)
    assert browser.get(address).headers["location"] == "/jobs/console/jobs"


def test_who_may_not_see_a_page_is_told_so_and_may_log_in_as_somebody_else(browser: TestClient) -> None:
    browser.post("/jobs/login", data={**ADA, "name": "bob"})
    answer = browser.get("/jobs/console/jobs")
    assert answer.status_code == 403
    assert "bob may not see everybody&#39;s jobs" in answer.text
    assert 'action="/jobs/logout"' in answer.text


@pytest.mark.parametrize("body", [b"x" * 20_000, b"&".join([b"a=b"] * 50), b"\xff\xfe=\xff", b""])
def test_a_form_that_is_none_is_refused(browser: TestClient, body: bytes) -> None:
    assert browser.post("/jobs/login", content=body).status_code in (403, 413)


def test_a_program_sends_its_token(browser: TestClient) -> None:
    assert browser.get("/jobs/console/jobs", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert browser.get("/jobs/api/audit", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 403
    assert browser.get("/jobs/api/audit", headers={"authorization": "Bearer wrong"}).status_code == 401


def test_there_is_no_login_where_nobody_can_log_in() -> None:
    app = FastAPI()
    mount(app, access="open", history="sqlite:///never-opened", record=False)
    browser = TestClient(app, follow_redirects=False)
    assert browser.get("/login").status_code == 404
    assert "Log out" not in browser.get("/").text


@pytest.mark.parametrize("wanted", ["/jobs/", "/jobs/console/jobs?state=failed#one", "/jobs/?batch=a%0Ab"])
def test_a_page_of_the_mount_is_gone_back_to(wanted: str) -> None:
    assert own_path(wanted, "/jobs") == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "https://evil.example/jobs/",
        "//evil.example/jobs/",
        "/\\evil.example",
        "/jobs/\\..\\..\\/evil.example",
        "\t//evil.example",
        "/jobs/\r\nset-cookie: a=b",
        "javascript:alert(1)",
        "/jobsy/",
        "/other",
        "/jobs/ä",
    ],
)
@pytest.mark.parametrize("base", ["/jobs", ""])
def test_nowhere_else_is_gone_to(wanted: str, base: str) -> None:
    gone_to = own_path(wanted, base)
    assert gone_to == f"{base}/" or (base == "" and wanted in ("/other", "/jobsy/") and gone_to == wanted)
