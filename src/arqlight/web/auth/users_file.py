"""The file that names people and programs, in TOML."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from arqlight.web.auth.accounts import Person, Program, hash_token
from arqlight.web.auth.passwords import check_hash
from arqlight.web.auth.viewer import Right, Viewer

__all__ = ["read_users"]

_OF_A_PERSON = {"password_hash", "right", "owner"}
_OF_A_PROGRAM = {"token_hash", "right", "owner"}


def read_users(path: Path) -> tuple[list[Person], list[Program]]:
    """The people and programs that a file names.

    Raises:
        ValueError: it cannot be read, or something in it is not valid; says what, and what would be right.
    """
    try:
        content = tomllib.loads(path.read_text())
    except OSError as error:
        raise ValueError(f"ARQLIGHT_USERS_FILE: cannot read {path}: {error.strerror}.") from error
    except ValueError as error:
        raise ValueError(f"ARQLIGHT_USERS_FILE: {path} is not TOML: {error}.") from error
    unknown = content.keys() - {"people", "programs"}
    if unknown:
        raise ValueError(f"{path}: there are [people.NAME] and [programs.NAME], and no [{min(unknown)}].")
    people = [_person(f"{path}: [people.{name}]", name, table) for name, table in _tables(content, "people")]
    programs = [
        _program(f"{path}: [programs.{name}]", name, table) for name, table in _tables(content, "programs")
    ]
    return people, programs


def _tables(content: Mapping[str, Any], kind: str) -> Iterable[tuple[str, Any]]:
    tables = content.get(kind, {})
    if not isinstance(tables, dict):
        raise ValueError(f"{kind} are tables: write [{kind}.NAME].")  # noqa: TRY004  of a file, not of a caller
    return tables.items()


def _person(where: str, name: str, table: Any) -> Person:
    _check_table(where, table, _OF_A_PERSON)
    try:
        check_hash(table.get("password_hash", ""))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    return Person(_viewer(where, name, table), table["password_hash"])


def _program(where: str, name: str, table: Any) -> Program:
    _check_table(where, table, _OF_A_PROGRAM)
    hashed = table.get("token_hash", "")
    if len(hashed) != len(hash_token("")):
        raise ValueError(f"{where}: token_hash is the SHA-256 of the token; `arqlight token` makes both.")
    return Program(_viewer(where, name, table), hashed.lower())


def _check_table(where: str, table: Any, known: set[str]) -> None:
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise ValueError(f"{where} holds texts: {', '.join(sorted(known))}.")
    if unknown := table.keys() - known:
        raise ValueError(
            f"{where} has {min(unknown)!r}, which is not known: there are {', '.join(sorted(known))}."
        )


def _viewer(where: str, name: str, table: Mapping[str, str]) -> Viewer:
    if "right" not in table:
        raise ValueError(f"{where} needs a right: {', '.join(Right)}.")
    try:
        return Viewer(name, table["right"], table.get("owner"))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
