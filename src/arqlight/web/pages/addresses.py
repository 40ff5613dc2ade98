"""Addresses as a browser needs them, whatever stands in front of our routes."""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request

__all__ = ["Addresses", "UrlFor"]

UrlFor = Callable[..., str]
"""``url_for(route, **parameters)``: the path of one of our routes, such as ``url_for("job", job_id="one")``.

A parameter at the end may be empty: ``url_for("job", job_id="")`` is what goes before an id."""


class Addresses:
    """Makes the addresses of one mount's routes.

    Args:
        mounted: the router with everything that is under ``prefix``.
        prefix: the path that the application has put us under.
    """

    def __init__(self, mounted: APIRouter, prefix: str) -> None:
        self._mounted = mounted
        self._prefix = prefix

    def of(self, request: Request) -> UrlFor:
        """Addresses for the client of a request: with what a proxy, or an outer application, has in front."""
        base = root_path(request) + self._prefix

        def url_for(route: str, **parameters: str) -> str:
            return base + self._mounted.url_path_for(f"arqlight:{route}", **parameters)

        return url_for


def root_path(request: Request) -> str:
    """What stands in front of the application's own paths."""
    return str(request.scope.get("root_path", "")).rstrip("/")
