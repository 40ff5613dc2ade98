"""Under which names a server answers.

A browser tells the name that the user typed, in ``Host``. A malicious site can make its own name lead to this
machine (DNS rebinding); then its pages are of the same origin as ours, and only that name gives them away. An
address in numbers cannot be had that way, nor can ``localhost``.
"""

from collections.abc import Collection
from ipaddress import ip_address

from fastapi import HTTPException, status

__all__ = ["Hosts", "host_name", "is_local_name"]


class Hosts:
    """The names that are answered to: addresses in numbers, ``localhost``, and those that are named.

    Args:
        allowed: further names, such as ``jobs.example.org`` or ``*.example.org``; ``*`` for any.

    Raises:
        ValueError: a name is none.
    """

    def __init__(self, allowed: Collection[str] = ()) -> None:
        if isinstance(allowed, str):
            raise ValueError(f'allowed_hosts is a list of names: write ["{allowed}"].')  # noqa: TRY004
        for name in allowed:
            if not name or "/" in name or "*" in name.removeprefix("*"):
                raise ValueError(
                    f"{name!r} is no host name: write one like jobs.example.org or *.example.org."
                )
        self.allowed = frozenset(host_name(name) for name in allowed)

    def check(self, header: str) -> None:
        """Refuse a request with 400 whose ``Host`` is not one of the names. HTTP/1.0 may leave it out."""
        if not self._answers_to(host_name(header)):
            raise HTTPException(
                status.HTTP_400_BAD_REQUEST,
                f"This server does not answer to the name {header[:100]!r}. If it is one of its names, put "
                "it into `allowed_hosts` of mount, or into ARQLIGHT_ALLOWED_HOSTS.",
            )

    def _answers_to(self, name: str) -> bool:
        if not name or is_local_name(name) or _is_address(name) or not self.allowed.isdisjoint((name, "*")):
            return True
        parts = name.split(".")
        return any(f"*.{'.'.join(parts[first:])}" in self.allowed for first in range(1, len(parts)))


def host_name(header: str) -> str:
    """The name or address in a ``Host`` header, in small letters: without port, brackets and final dot."""
    name = header.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    if name.count(":") == 1:
        name = name.partition(":")[0]
    return name.removesuffix(".")


def is_local_name(name: str) -> bool:
    """Whether a name means this machine to every browser."""
    return (
        name == "localhost"
        or name.endswith(".localhost")
        or (_is_address(name) and ip_address(name).is_loopback)
    )


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
