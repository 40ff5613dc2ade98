import asyncio
import gc
import time
import tracemalloc
from collections.abc import Mapping

import pytest
from fastapi import HTTPException
from itsdangerous import TimestampSigner
from starlette.requests import Request

from arqlight.web.auth import attempts, passwords
from arqlight.web.auth.accounts import (
    TRIES_OF_A_NAME,
    TRIES_OF_AN_ADDRESS,
    Accounts,
    Person,
    Program,
    TooManyTriesError,
    hash_token,
)
from arqlight.web.auth.attempts import Attempts, address_key
from arqlight.web.auth.passwords import BusyError, hash_password
from arqlight.web.auth.viewer import Right, Viewer

HASH = hash_password("open sesame")
TOKEN = "a-token-of-more-than-twenty-characters"  # noqa: S105
ADA = Person(Viewer("ada", Right.operate, owner="ada"), HASH)
DEPLOY = Program(Viewer("deploy", Right.view_all), hash_token(TOKEN))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def accounts(secret: str = "x" * 32) -> Accounts:
    return Accounts([ADA], [DEPLOY], secret)


def request(headers: Mapping[str, str] = {}) -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw, "query_string": b""})


def cookie(of: Accounts, name: str = "ada", hashed: str = HASH) -> dict[str, str]:
    return {"cookie": f"arqlight_session={of.sessions.cookie(name, hashed)}"}


async def test_a_right_password_is_right_and_others_are_wrong() -> None:
    known = accounts()
    assert await known.log_in("ada", "open sesame", "10.0.0.1") == ADA
    for name, password in (("ada", "Open sesame"), ("eve", "open sesame"), ("", ""), ("ada", "\ud800")):
        assert await known.log_in(name, password, "10.0.0.2") is None


async def test_for_a_name_that_is_unknown_a_password_is_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def fits(password: str, hashed: str) -> bool:
        checked.append(hashed)
        return True

    monkeypatch.setattr(passwords, "_fits", fits)
    assert await accounts().log_in("eve", "guess", "10.0.0.1") is None
    assert checked == [HASH]


async def test_tries_of_an_address_are_limited_whatever_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_fits", lambda *_: False)
    known = accounts()
    for number in range(TRIES_OF_AN_ADDRESS):
        assert await known.log_in(f"name {number}", "guess", "10.0.0.1") is None
    with pytest.raises(TooManyTriesError) as error:
        await known.log_in("ada", "open sesame", "10.0.0.1")
    assert 0 < error.value.wait_s <= attempts.WINDOW_S
    monkeypatch.undo()
    assert await known.log_in("ada", "open sesame", "10.0.0.2") == ADA


async def test_tries_of_a_name_are_limited_whatever_the_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_fits", lambda *_: False)
    known = accounts()
    for number in range(TRIES_OF_A_NAME):
        assert await known.log_in("ada", "guess", f"10.0.0.{number}") is None
    with pytest.raises(TooManyTriesError):
        await known.log_in("ada", "open sesame", "10.0.1.1")


async def test_many_tries_at_once_do_not_slip_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_fits", lambda *_: False)
    known = accounts()
    tries = (known.log_in("ada", "guess", "10.0.0.1") for _ in range(40))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(answer is None for answer in answers) <= TRIES_OF_AN_ADDRESS


async def test_more_than_wait_for_a_short_time_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    checker = passwords.PasswordChecker()
    tries = (checker.is_right("guess", HASH) for _ in range(passwords.MOST_WAITING + 5))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, BusyError) for answer in answers) == 5


def test_a_try_counts_for_five_minutes_and_is_forgiven_by_a_right_one() -> None:
    clock = Clock()
    tries = Attempts(2, clock=clock)
    for _ in range(2):
        tries.begin("key")
        clock.now += 100
    assert tries.wait_s("key") == pytest.approx(100)
    clock.now += 100
    assert tries.wait_s("key") == 0
    tries.begin("key")
    tries.forgive("key")
    tries.begin("key")
    assert tries.wait_s("key") == 0


def test_any_number_of_keys_takes_bounded_memory() -> None:
    tries = Attempts(10)

    def flood(start: int) -> int:
        for number in range(start, start + attempts.MOST_REMEMBERED):
            tries.begin(f"key {number:>10}")
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    first = flood(0)
    second = flood(attempts.MOST_REMEMBERED)
    tracemalloc.stop()
    assert second < first * 1.1


def test_an_ipv6_network_counts_as_one_address() -> None:
    assert address_key("2001:db8::1") == address_key("2001:db8::ffff:2") != address_key("2001:db8:0:1::1")
    assert address_key("::ffff:10.0.0.1") == address_key("10.0.0.1")
    assert address_key("") == ""


async def test_a_session_says_who_it_is() -> None:
    known = accounts()
    assert await known(request(cookie(known))) == ADA.viewer


@pytest.mark.parametrize("change", ["other secret", "changed password", "unknown name", "cut", "nonsense"])
async def test_a_session_that_is_not_good_says_nobody(change: str) -> None:
    known = accounts()
    good = cookie(known)["cookie"]
    sent = {
        "other secret": cookie(accounts("y" * 32)),
        "changed password": cookie(known, hashed=hash_password("open sesame")),
        "unknown name": cookie(known, "eve"),
        "cut": {"cookie": good[:-3]},
        "nonsense": {"cookie": "arqlight_session=.é."},
    }[change]
    with pytest.raises(HTTPException) as error:
        await known(request(sent))
    assert error.value.status_code == 401


async def test_a_session_ends_after_half_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    known = accounts()
    then = time.time() - 12 * 3600 - 2
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: int(then))
    sent = cookie(known)
    assert await known(request(sent)) == ADA.viewer
    monkeypatch.undo()
    with pytest.raises(HTTPException):
        await known(request(sent))


async def test_a_program_is_known_by_its_token() -> None:
    assert await accounts()(request({"authorization": f"Bearer {TOKEN}"})) == DEPLOY.viewer
    for header in (f"Bearer {TOKEN}x", "Bearer ", "Bearer", f"Basic {TOKEN}", TOKEN):
        with pytest.raises(HTTPException) as error:
            await accounts()(request({"authorization": header}))
        assert error.value.status_code == 401


def test_hashes_are_not_shown_where_accounts_are_printed() -> None:
    assert HASH not in repr(ADA)
    assert DEPLOY.token_hash not in repr(DEPLOY)
