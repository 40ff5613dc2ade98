"""Putting arqlight's API and pages into an application."""

import contextlib
import os
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Literal

from fastapi import APIRouter, FastAPI
from fastapi.params import Depends as DependsMarker
from starlette.routing import Mount
from starlette.types import Lifespan

from arqlight.redaction import Redaction
from arqlight.web.api import actions, health, resources
from arqlight.web.api.tasks import TaskPage, tasks_router
from arqlight.web.auth.access import everybody, this_machine
from arqlight.web.auth.accounts import Accounts
from arqlight.web.auth.configured import access_from, hosts_from
from arqlight.web.auth.door import Access, Door
from arqlight.web.auth.route import behind
from arqlight.web.auth.secret import secret_from
from arqlight.web.dependencies import hide_in, run_hub
from arqlight.web.history import KeptHistory
from arqlight.web.links import keep_links
from arqlight.web.pages.addresses import Addresses
from arqlight.web.pages.login import LoginPage
from arqlight.web.pages.sections import console_pages
from arqlight.web.pages.serving import pages_router, templates
from arqlight.web.pages.task import task_page
from arqlight.web.reach import reach_from
from arqlight.web.static_files import front_end

__all__ = ["is_for_this_machine", "mount"]

_DOORS = "arqlight_doors"


def mount(
    app: FastAPI,
    *,
    prefix: str = "",
    page: TaskPage | None = None,
    access: Access | Literal["open"] | None = None,
    allowed_hosts: Collection[str] | None = None,
    dependencies: Sequence[DependsMarker] = (),
    trusted_origins: Collection[str] = (),
    queues: Collection[str] | Literal["found"] | None = None,
    functions: Collection[str] | Literal["any"] | None = None,
    history: str | None = None,
    record: bool = True,
    environment: str | None = None,
    include_in_schema: bool = True,
) -> None:
    """Put the API and the pages into an application, whose lifespan makes a `Queue` at ``app.state.queue``.

    The pages are the console, under ``/console``, and the page at ``/`` that shows single batches and jobs.

    Args:
        app: the application.
        prefix: the path that everything goes under, such as ``/jobs``. What a proxy adds in front of it is
            ``root_path``, as everywhere in FastAPI.
        page: what the form of the page at ``/`` starts. Without it, there is no form and no ``/task``: the
            page shows the batches and jobs that its address names, and without such leads to the console.
        access: who may do what: a dependency of FastAPI's that returns a `Viewer` or refuses, or ``"open"``
            for everybody. Without it, the environment's ``ARQLIGHT_...`` say; where they do not either, and
            ``dependencies`` are not given, only people on this machine are let in.
        allowed_hosts: names under which the server answers, such as ``jobs.example.org``. By default any
            where credentials are asked for; else ``localhost`` and addresses in numbers.
        dependencies: ``Depends(...)`` of your own that each request passes too. Without ``access``, whom
            they let in may do everything. Only the front end's files are for all.
        trusted_origins: origins of other sites whose pages may start and abort jobs, such as
            ``https://app.example.org``. For browsers, the application needs CORS headers besides.
        queues: names of the queues that requests may reach: enqueue into, abort in, pause. By default what
            ``ARQLIGHT_QUEUES`` says, else the application's own alone: Redis may hold other sorted sets.
            ``"found"``: any that is found to be a queue, since a worker serves it or has ended a job of it.
        functions: names of the functions that requests may enqueue, or ``"any"``. By default what
            ``ARQLIGHT_FUNCTIONS`` says, else those of the arqlight workers that are up.
        history: where the history of all jobs is, which lists, searches and charts are made from:
            ``sqlite:///file.db`` or ``postgresql://...``; by default what ``HISTORY_URL`` says, else a file
            ``arqlight-history.db`` in the working directory.
        record: whether this application keeps the history while it serves; False where ``arqlight recorder``
            alone does. Of several that may, one does and the others stand by.
        environment: the name of what the console shows, such as ``staging``, at the top of its pages; by
            default what ``ARQLIGHT_ENVIRONMENT`` says.
        include_in_schema: whether the application's OpenAPI describes the API.

    Raises:
        ValueError: an argument or the environment's ``ARQLIGHT_...`` cannot be meant; says which, and what
            would be right.
    """
    page_queue = None if page is None else page.queue_name
    reach_from(os.environ, queues, functions, page_queue).keep_for(app)
    kept = KeptHistory(history, record=record)
    kept.keep_for(app)
    hide_in(app, Redaction.of_environment())
    door = Door(
        _access(access, dependencies),
        dependencies=dependencies,
        trusted_origins=trusted_origins,
        allowed_hosts=hosts_from(os.environ) if allowed_hosts is None else allowed_hosts,
        links=keep_links(app, secret_from(os.environ)),
        path=prefix,
        app=app,
    )
    setattr(app.state, _DOORS, [*getattr(app.state, _DOORS, []), door])
    files = front_end()
    router = APIRouter(lifespan=_both(kept.lifespan, _both(actions.run_bulk, run_hub)))
    api = APIRouter(prefix="/api")
    for part in resources.ROUTERS:
        api.include_router(behind(door, part))
    router.include_router(api)
    if page is not None:
        router.include_router(behind(door, tasks_router(page)))
    console = console_pages(
        os.environ.get("ARQLIGHT_ENVIRONMENT", "") if environment is None else environment
    )
    pages = [task_page(form=page is not None, console=console[0], about=page.about if page else ""), *console]
    addresses, environment_of_pages = Addresses(router, prefix), templates()
    login = None
    if isinstance(door.access, Accounts) and door.access.people_log_in:
        login = LoginPage(door.access, door, addresses, files, environment_of_pages)
        router.include_router(login.router())
    router.include_router(behind(door, pages_router(pages, addresses, files, environment_of_pages, login)))
    router.add_route(
        "/static/{digest}/{path:path}", files.serve, name="arqlight:static", include_in_schema=False
    )
    router.include_router(health.router)
    router.add_route("/elements.js", files.serve_elements, name="arqlight:elements", include_in_schema=False)
    router.add_route("/favicon.ico", files.serve_icon, include_in_schema=False)
    app.include_router(router, prefix=prefix, include_in_schema=include_in_schema)


def is_for_this_machine(app: object) -> bool:
    """Whether a mount of an application lets in this machine alone, since nobody has said who may come."""
    doors = getattr(getattr(app, "state", None), _DOORS, [])
    inner = [route.app for route in getattr(app, "routes", []) if isinstance(route, Mount)]
    return any(door.access is this_machine for door in doors) or any(map(is_for_this_machine, inner))


def _access(access: Access | Literal["open"] | None, dependencies: Sequence[DependsMarker]) -> Access:
    if access == "open":
        return everybody
    if callable(access):
        return access
    if access is not None:
        raise ValueError(f"access is {access!r}. It may be a dependency that returns a Viewer, or 'open'.")
    configured = access_from(os.environ)
    return configured or (everybody if dependencies else this_machine)


def _both(outer: Lifespan[FastAPI], inner: Lifespan[FastAPI]) -> Lifespan[FastAPI]:
    """One lifespan within another."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with outer(app), inner(app):
            yield

    return lifespan
