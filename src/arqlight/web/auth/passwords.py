"""Passwords: hashed with Argon2, checked in threads of their own, a few at a time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["BusyError", "PasswordChecker", "check_hash", "hash_password"]

# A check takes tens of milliseconds and 64 MiB: more than two at once would hold up everything else.
THREADS = 2
MOST_WAITING = 20

_hasher = PasswordHasher()


class BusyError(Exception):
    """So many passwords are being checked that one more would wait for long."""


def hash_password(password: str) -> str:
    """The Argon2id hash of a password, as it is kept."""
    return _hasher.hash(password)


def check_hash(text: str) -> None:
    """Make sure that a text is an Argon2 hash.

    Raises:
        ValueError: it is not.
    """
    try:
        _hasher.check_needs_rehash(text)
    except InvalidHashError:
        raise ValueError("A password hash starts with $argon2; `arqlight password` makes one.") from None


class PasswordChecker:
    """Compares passwords with hashes without holding up the event loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="arqlight password")
        self._waiting = 0

    async def is_right(self, password: str, hashed: str) -> bool:
        """Whether a password has this hash.

        Raises:
            BusyError: too many others are being checked.
        """
        if self._waiting >= MOST_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _fits, password, hashed)
        finally:
            self._waiting -= 1


def _fits(password: str, hashed: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, UnicodeEncodeError):
        return False
