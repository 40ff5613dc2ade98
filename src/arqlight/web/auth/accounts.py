"""People who log in with a password, and programs that send a token."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import HTTPException, status
from starlette.requests import HTTPConnection

from arqlight.web.auth.attempts import Attempts, address_key
from arqlight.web.auth.passwords import PasswordChecker
from arqlight.web.auth.sessions import Sessions
from arqlight.web.auth.viewer import Viewer

__all__ = ["Accounts", "Person", "Program", "TooManyTriesError", "hash_token"]

TRIES_OF_AN_ADDRESS = 10
# More: from many addresses somebody could else keep a person out.
TRIES_OF_A_NAME = 50


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who logs in."""

    viewer: Viewer
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that sends ``Authorization: Bearer`` with its token."""

    viewer: Viewer
    token_hash: str = field(repr=False)


class TooManyTriesError(Exception):
    """There were too many wrong passwords lately. ``wait_s``: seconds until the next try."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many tries; the next one in {wait_s:.0f} s")
        self.wait_s = wait_s


class Accounts:
    """Who may come in by password or token. It is an ``access`` for `mount`, which adds the page to log in.

    Args:
        people: those who log in.
        programs: those who send a token.
        secret: what session cookies are signed with.
    """

    def __init__(self, people: Sequence[Person], programs: Sequence[Program], secret: str) -> None:
        self._people = {person.viewer.name: person for person in people}
        self._hashes = {name: person.password_hash for name, person in self._people.items()}
        self._programs = tuple(programs)
        self._passwords = PasswordChecker()
        self._of_addresses = Attempts(TRIES_OF_AN_ADDRESS)
        self._of_names = Attempts(TRIES_OF_A_NAME)
        self.sessions = Sessions(secret)

    @property
    def people_log_in(self) -> bool:
        """Whether there is anybody who can log in."""
        return bool(self._people)

    async def __call__(self, connection: HTTPConnection) -> Viewer:
        """Who a request is: by its token, or by its session.

        Raises:
            HTTPException: 401, it is neither.
        """
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._program(token.strip())
        name = self.session_of(connection)
        if name is None:
            raise _unknown("Log in, or send a token: Authorization: Bearer ...")
        return self._people[name].viewer

    def session_of(self, connection: HTTPConnection) -> str | None:
        """Who has logged in, by the session of a request; None without one."""
        return self.sessions.name(connection, self._hashes)

    def _program(self, token: str) -> Viewer:
        hashed = hash_token(token)
        # All are compared, so that the time taken tells nothing.
        known = [one for one in self._programs if hmac.compare_digest(one.token_hash, hashed)]
        if not known:
            raise _unknown("There is no such token.")
        return known[0].viewer

    async def log_in(self, name: str, password: str, address: str) -> Person | None:
        """Who has this name and password; None when it is wrong.

        Raises:
            TooManyTriesError: it was wrong too often, from this address or for this name.
            BusyError: too many others are logging in.
        """
        counted = ((self._of_addresses, address_key(address)), (self._of_names, name[:200]))
        wait_s = max(attempts.wait_s(key) for attempts, key in counted)
        if wait_s > 0:
            raise TooManyTriesError(wait_s)
        for attempts, key in counted:
            attempts.begin(key)
        person = self._people.get(name)
        # For a name that is not known a password is checked too: it takes as long.
        hashed = person.password_hash if person else next(iter(self._hashes.values()), "")
        if not await self._passwords.is_right(password, hashed) or person is None:
            return None
        for attempts, key in counted:
            attempts.forgive(key)
        return person


def hash_token(token: str) -> str:
    """What is kept of a token: tokens are long and random, so that a plain hash of one tells nothing."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _unknown(detail: str) -> HTTPException:
    return HTTPException(status.HTTP_401_UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})
