"""Routes that a request reaches through a door, each with the right that it takes."""

import copy
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from arqlight.web.auth.door import Door, Handler
from arqlight.web.auth.viewer import Right

__all__ = ["GuardedRoute", "behind", "needs"]

E = TypeVar("E", bound=Callable[..., Any])

_RIGHT = "_arqlight_right"


def needs(right: Right) -> Callable[[E], E]:
    """Say which right a route takes: ``@needs(Right.operate)`` below ``@router.post(...)``."""

    def mark(endpoint: E) -> E:
        setattr(endpoint, _RIGHT, right)
        return endpoint

    return mark


class GuardedRoute(APIRoute):
    """A route that is answered to those who may come in by its mount's door and have the right that it takes.

    Raises:
        TypeError: its endpoint says no right; see `needs`.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        right = getattr(endpoint, _RIGHT, None)
        if not isinstance(right, Right):
            raise TypeError(f"{path!r} does not say its right: put @needs(Right....) on {endpoint.__name__}.")
        self.right = right
        super().__init__(path, endpoint, **options)

    @property
    def door(self) -> Door:
        """The door that it is behind.

        Raises:
            RuntimeError: it is behind none; see `behind`.
        """
        for dependency in self.dependencies:
            if isinstance(dependency.dependency, Door):
                return dependency.dependency
        raise RuntimeError(f"The route {self.path!r} has no door: mount its router with `behind`.")

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, once the door lets it in."""
        await self.door.open_for(self, scope, receive, send)

    async def go_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that was let in."""
        await super().handle(scope, receive, send)

    def answering_errors(self, answer: Handler) -> Handler:
        """A handler whose errors are answered in the route's way: by default the application's."""
        return answer


def behind(door: Door, router: APIRouter) -> APIRouter:
    """A copy of a router, all of whose routes are behind a door.

    Raises:
        TypeError: a route of it is not guarded.
    """
    seen = [Depends(door), *(Depends(scheme) for scheme in door.schemes)]
    copied = APIRouter()
    for route in router.routes:
        if not isinstance(route, GuardedRoute):
            raise TypeError(f"{route!r} cannot be put behind a door: its router needs a route class of ours.")
        mine = copy.copy(route)
        mine.dependencies = [*seen, *route.dependencies]
        copied.routes.append(mine)
    return copied
