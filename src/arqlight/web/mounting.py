"""Putting arqlight's API and pages into an application."""

import contextlib
from collections.abc import AsyncIterator, Collection, Sequence

from fastapi import APIRouter, Depends, FastAPI
from fastapi.params import Depends as DependsMarker
from starlette.types import Lifespan

from arqlight.web.api import batches, events, job_history, jobs, listing
from arqlight.web.api.tasks import TaskPage, tasks_router
from arqlight.web.auth.cross_site import CrossSiteGuard
from arqlight.web.dependencies import run_hub
from arqlight.web.history import KeptHistory
from arqlight.web.pages.addresses import Addresses
from arqlight.web.pages.sections import console_pages
from arqlight.web.pages.serving import pages_router
from arqlight.web.pages.task import task_page
from arqlight.web.static_files import front_end

__all__ = ["mount"]


def mount(
    app: FastAPI,
    *,
    prefix: str = "",
    page: TaskPage | None = None,
    dependencies: Sequence[DependsMarker] = (),
    trusted_origins: Collection[str] = (),
    history: str | None = None,
    environment: str = "",
    include_in_schema: bool = True,
) -> None:
    """Put the API and the pages into an application, whose lifespan makes a `Queue` at ``app.state.queue``.

    Args:
        app: the application.
        prefix: the path that everything goes under, such as ``/jobs``. What a proxy adds in front of it is
            ``root_path``, as everywhere in FastAPI.
        page: what the page's form starts. Without it, the page has no form and there is no ``/task``: it
            shows the batches and jobs that its address names.
        dependencies: ``Depends(...)`` of your own for every route, such as who may use it. Only the front
            end's files are for all.
        trusted_origins: origins of other sites whose pages may start and abort jobs, such as
            ``https://app.example.org``. For browsers, the application needs CORS headers besides.
        history: where the history of all jobs is, which lists, searches and charts are made from:
            ``sqlite:///file.db`` or ``postgresql://...``; by default what ``HISTORY_URL`` says, else a file
            ``arqlight-history.db`` in the working directory.
        environment: the name of what the console shows, such as ``staging``, at the top of its pages.
        include_in_schema: whether the application's OpenAPI describes the API.
    """
    kept = KeptHistory(history)
    kept.keep_for(app)
    files = front_end()
    router = APIRouter(lifespan=_both(kept.lifespan, run_hub))
    guarded = APIRouter(dependencies=[Depends(CrossSiteGuard(trusted_origins)), *dependencies])
    api = APIRouter(prefix="/api")
    # What has more behind a job's id goes before what takes all of the path for one.
    for part in (listing.router, job_history.router, jobs.router, batches.router, events.router):
        api.include_router(part)
    guarded.include_router(api)
    if page is not None:
        guarded.include_router(tasks_router(page))
    pages = [task_page(form=page is not None), *console_pages(environment)]
    guarded.include_router(pages_router(pages, Addresses(router, prefix), files))
    router.include_router(guarded)
    router.add_route(
        "/static/{digest}/{path:path}", files.serve, name="arqlight:static", include_in_schema=False
    )
    router.add_route("/favicon.ico", files.serve_icon, include_in_schema=False)
    app.include_router(router, prefix=prefix, include_in_schema=include_in_schema)


def _both(outer: Lifespan[FastAPI], inner: Lifespan[FastAPI]) -> Lifespan[FastAPI]:
    """One lifespan within another."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with outer(app), inner(app):
            yield

    return lifespan
