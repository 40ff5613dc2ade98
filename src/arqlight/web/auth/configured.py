"""Who is let in, as the environment says it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from arqlight.web.auth.access import everybody
from arqlight.web.auth.accounts import Accounts, Person, Program, hash_token
from arqlight.web.auth.door import Access
from arqlight.web.auth.passwords import check_hash, hash_password
from arqlight.web.auth.secret import secret_from
from arqlight.web.auth.setting import setting
from arqlight.web.auth.users_file import read_users
from arqlight.web.auth.viewer import Right, Viewer

__all__ = ["access_from", "hosts_from"]

SHORTEST_TOKEN = 20


def access_from(environment: Mapping[str, str]) -> Access | None:
    """The access that ``ARQLIGHT_...`` variables configure; None when they configure none.

    Raises:
        ValueError: they contradict each other, or one is not valid; says which, and what would be right.
    """
    people = [*_named_person(environment)]
    programs = [*_named_program(environment)]
    if path := environment.get("ARQLIGHT_USERS_FILE"):
        more_people, more_programs = read_users(Path(path))
        people += more_people
        programs += more_programs
    is_open = environment.get("ARQLIGHT_ACCESS", "")
    if is_open not in ("", "open"):
        raise ValueError(f"ARQLIGHT_ACCESS is {is_open!r}. It may only be 'open', which lets everybody in.")
    if is_open and (people or programs):
        raise ValueError(
            "ARQLIGHT_ACCESS=open lets everybody in, and users or tokens are set too. Unset one of them."
        )
    if is_open:
        return everybody
    return Accounts(people, programs, secret_from(environment)) if people or programs else None


def hosts_from(environment: Mapping[str, str]) -> list[str] | None:
    """The names in ``ARQLIGHT_ALLOWED_HOSTS``, with commas between them; None when it is not set."""
    named = environment.get("ARQLIGHT_ALLOWED_HOSTS", "")
    return [name.strip() for name in named.split(",") if name.strip()] or None


def _named_person(environment: Mapping[str, str]) -> Iterator[Person]:
    name = environment.get("ARQLIGHT_USER", "")
    password = setting(environment, "ARQLIGHT_PASSWORD")
    hashed = setting(environment, "ARQLIGHT_PASSWORD_HASH")
    if not name and not password and not hashed:
        return
    if not name:
        raise ValueError("A password is set and no user: set ARQLIGHT_USER too.")
    if bool(password) == bool(hashed):
        raise ValueError("With ARQLIGHT_USER set one of ARQLIGHT_PASSWORD and ARQLIGHT_PASSWORD_HASH.")
    if hashed:
        check_hash(hashed)
    yield Person(Viewer(name, Right.administer), hashed or hash_password(password))


def _named_program(environment: Mapping[str, str]) -> Iterator[Program]:
    token = setting(environment, "ARQLIGHT_TOKEN")
    if not token:
        return
    if len(token) < SHORTEST_TOKEN:
        raise ValueError(
            f"ARQLIGHT_TOKEN must have {SHORTEST_TOKEN} or more characters, and has {len(token)}. "
            "`arqlight token` makes one."
        )
    yield Program(Viewer("token", Right.operate), hash_token(token))
