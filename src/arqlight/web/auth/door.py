"""The door of a mount: what each request passes before anything of it is read.

In this order: the name that the server is called by, whether another site's page sends it, who it is, what
that one may do. Only then does the route read the body. The door is a route of FastAPI's itself, so that
``access`` may be any dependency, with sub-dependencies, ``yield`` and the application's overrides; its answer
is to go on to the route that was asked for.
"""

import copy
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from typing import Annotated, Any, Protocol

from fastapi import Depends, FastAPI, HTTPException, Request, Response, status
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends as DependsMarker
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase
from starlette.types import Message, Receive, Scope, Send

from arqlight.logs import get_logger
from arqlight.web.auth import policy
from arqlight.web.auth.access import by_place, is_test_client, this_machine
from arqlight.web.auth.cross_site import CrossSiteGuard
from arqlight.web.auth.hosts import Hosts
from arqlight.web.auth.links import PARAMETER, is_of_another_site
from arqlight.web.auth.viewer import Right, Viewer

__all__ = ["Access", "Door", "Guarded", "Handler", "door_of", "is_by_link_alone", "viewer_of"]

logger = get_logger("arqlight.web")

Access = Callable[..., Any]
"""A dependency of FastAPI's that returns a `Viewer`, or refuses with an ``HTTPException``."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_VIEWER, _DOOR, _ASKED = "arqlight.viewer", "arqlight.door", "arqlight.asked"


class Guarded(Protocol):
    """What a door needs of the route that is asked for."""

    right: Right

    def answering_errors(self, answer: Handler) -> Handler:
        """A handler whose errors are answered in the route's way."""

    async def go_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, now that the door is passed."""


class Links(Protocol):
    """What a door needs to know of signed links."""

    def cookie(self, request: Request) -> str | None:
        """What the browser is to keep of the request's link; None: nothing."""

    def shown_to(self, viewer: Viewer | None, request: Request) -> Viewer | None:
        """The viewer with what the request's links show; without one, who only has a link, or None."""


class Door:
    """Who may come in to a mount.

    Args:
        access: a dependency that returns a `Viewer`; without one, whoever is on this machine.
        dependencies: further dependencies that a request passes.
        trusted_origins: origins of other sites whose pages may write.
        allowed_hosts: names that the server answers to. By default any where credentials are asked for, which
            a browser does not give to a name that was made up; else those of this machine only.
        links: tells what the signed links in a request show.
        path: the mount's prefix, whose parameters dependencies may ask for.
        app: the application, whose overrides of dependencies count.
    """

    def __init__(
        self,
        access: Access | None = None,
        *,
        dependencies: Sequence[DependsMarker] = (),
        trusted_origins: Collection[str] = (),
        allowed_hosts: Collection[str] | None = None,
        links: Links | None = None,
        path: str = "",
        app: FastAPI | None = None,
    ) -> None:
        self.access = access or this_machine
        self.links = links
        self._guard = CrossSiteGuard(trusted_origins)
        named_hosts = ["*"] if dependencies or not by_place(self.access) else []
        self._hosts = Hosts(named_hosts if allowed_hosts is None else allowed_hosts)
        self._gate = _Gate(self, path or "/", dependencies, app)

    def __call__(self, request: Request) -> Viewer:
        """As a dependency of a route behind it: whom it let in."""
        return viewer_of(request)

    @property
    def schemes(self) -> list[Callable[..., Any]]:
        """The security schemes among its dependencies, for OpenAPI to describe; they refuse nobody again."""
        return [_refusing_nobody(scheme) for scheme in _schemes(self._gate.dependant)]

    async def open_for(self, route: Guarded, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through to the route, or answer it with why not."""
        scope[_ASKED], scope[_DOOR] = route, self
        await self._gate.app(scope, receive, send)

    async def ask_again(self, request: Request) -> Viewer | None:
        """Who a request is by now whose answer takes long; None when it is not let in any more."""
        again = _AskedAgain(request.scope[_ASKED].right)
        scope = dict(request.scope)
        try:
            await self.open_for(again, scope, request.receive, _unsent)
        except Exception:
            logger.exception("asking again who may watch failed; the stream ends")
        viewer: Viewer | None = scope.get(_VIEWER)
        return viewer if again.passed else None

    def check_first(self, request: Request) -> None:
        """Refuse what is refused whoever sends it."""
        if not is_test_client(request):
            self._hosts.check(request.headers.get("host", ""))
        self._guard.check(request)

    def let_in(self, viewer: Viewer | None, request: Request) -> Response | None:
        """The way to the route, for a viewer who has its right; None for nobody without a link."""
        if self.links is not None:
            reads_by_link = PARAMETER in request.query_params and is_of_another_site(request)
            # Any site's page may read by a link, and nothing else that this browser may.
            viewer = self.links.shown_to(None if reads_by_link else viewer, request)
            if reads_by_link and viewer is None:
                raise HTTPException(status.HTTP_403_FORBIDDEN, "This link is not good, or not any more.")
        if viewer is None:
            return None
        route: Guarded = request.scope[_ASKED]
        policy.check(viewer, route.right)
        request.scope[_VIEWER] = viewer
        return _GoOn(route)


class _Gate(APIRoute):
    """The route that has a door's dependencies, and answers by going on to the route that was asked for."""

    def __init__(
        self, door: Door, path: str, dependencies: Sequence[DependsMarker], app: FastAPI | None
    ) -> None:
        self._door = door
        access = door.access

        async def enter(request: Request, viewer: Annotated[Any, Depends(access)]) -> Any:
            if not isinstance(viewer, Viewer):
                raise TypeError(f"access must return a Viewer; {access!r} returned {type(viewer).__name__}.")
            return door.let_in(viewer, request)

        super().__init__(
            path, enter, dependencies=dependencies, response_model=None, dependency_overrides_provider=app
        )

    def get_route_handler(self) -> Handler:
        """FastAPI's handler, which asks who it is, and what is asked before and after that."""
        ask_who = super().get_route_handler()
        door = self._door

        async def ask(request: Request) -> Response:
            door.check_first(request)
            try:
                return await ask_who(request)
            except (HTTPException, RequestValidationError):
                if request.scope.get(_VIEWER) is None and (let_in := door.let_in(None, request)):
                    return let_in
                raise

        async def handler(request: Request) -> Response:
            route: Guarded = request.scope[_ASKED]
            return await route.answering_errors(ask)(request)

        return handler


class _GoOn(Response):
    """An answer that another route gives."""

    def __init__(self, route: Guarded) -> None:
        super().__init__()
        self._route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._route.go_on(scope, receive, send)


class _AskedAgain:
    """Stands at the end of the way when it is only asked whether it is open."""

    def __init__(self, right: Right) -> None:
        self.right = right
        self.passed = False

    def answering_errors(self, answer: Handler) -> Handler:
        async def refused_or_not(request: Request) -> Response:
            try:
                return await answer(request)
            except (HTTPException, RequestValidationError):
                return Response(status_code=403)

        return refused_or_not

    async def go_on(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  as routes have it
        self.passed = True


async def _unsent(_message: Message) -> None:
    """Where an answer goes that nobody waits for."""


def viewer_of(request: Request) -> Viewer:
    """Whom the door let in."""
    viewer: Viewer = request.scope[_VIEWER]
    return viewer


def is_by_link_alone(request: Request) -> bool:
    """Whether only a link in its address lets a request in: then any site's page may read the answer."""
    viewer: Viewer | None = request.scope.get(_VIEWER)
    is_alone = viewer is None or viewer.right is None
    return is_alone and PARAMETER in request.query_params


def door_of(request: Request) -> Door:
    """The door that a request came in by."""
    door: Door = request.scope[_DOOR]
    return door


def _schemes(dependant: Dependant) -> Iterator[Any]:
    call: object = dependant.call
    if isinstance(call, SecurityBase):
        yield call
    for inner in dependant.dependencies:
        yield from _schemes(inner)


def _refusing_nobody(scheme: Any) -> Any:
    quiet = copy.copy(scheme)
    if hasattr(quiet, "auto_error"):
        quiet.auto_error = False
    return quiet
