import re

import pytest
from fastapi import HTTPException
from starlette.requests import Request

from arqlight.web.auth.cross_site import CrossSiteGuard
from arqlight.web.auth.headers import new_nonce, page_headers


def request(method: str = "POST", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {"type": "http", "method": method, "path": "/", "headers": [(b"host", b"here:8000"), *raw]}
    )


ALLOWED = [
    request(),
    request(sec_fetch_site="same-origin"),
    request(sec_fetch_site="none"),
    request(origin="http://here:8000"),
    request("GET", sec_fetch_site="cross-site", origin="http://elsewhere"),
    request(sec_fetch_site="cross-site", origin="https://friend.example"),
]
REFUSED = [
    request(sec_fetch_site="cross-site"),
    request(sec_fetch_site="same-site"),
    request(sec_fetch_site="cross-site", origin="http://here:8000"),
    request(origin="http://elsewhere"),
    request(origin="http://here:9000"),
    request(origin="null"),
    request("DELETE", origin="http://elsewhere"),
]


@pytest.mark.parametrize("allowed", ALLOWED)
def test_requests_of_our_own_pages_and_of_programs_are_let_through(allowed: Request) -> None:
    CrossSiteGuard(["https://friend.example/"]).check(allowed)


@pytest.mark.parametrize("refused", REFUSED)
def test_writes_that_another_sites_page_sends_are_refused(refused: Request) -> None:
    with pytest.raises(HTTPException) as refusal:
        CrossSiteGuard(["https://friend.example"]).check(refused)
    assert refusal.value.status_code == 403


def test_the_page_runs_no_script_without_the_nonce_and_is_framed_by_nobody() -> None:
    policy = page_headers("abc")["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["script-src"] == "'self' 'nonce-abc'"
    assert directives["style-src"] == "'self'"
    assert directives["default-src"] == "'self'"
    assert directives["base-uri"] == directives["frame-ancestors"] == directives["object-src"] == "'none'"
    assert "unsafe" not in policy


def test_a_nonce_is_new_each_time_and_fits_into_a_header() -> None:
    nonces = {new_nonce() for _ in range(100)}
    assert len(nonces) == 100
    assert all(re.fullmatch(r"[\w-]{20,}", nonce) for nonce in nonces)
