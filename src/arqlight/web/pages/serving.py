"""Serving pages: the policy's nonce, the import map, the modules to load ahead, and the addresses."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader

from arqlight.version import __version__
from arqlight.web.auth.door import Handler, door_of
from arqlight.web.auth.headers import API_HEADERS, new_nonce, page_headers
from arqlight.web.auth.links import COOKIE as LINKS
from arqlight.web.auth.route import GuardedRoute, needs
from arqlight.web.compression import accepts_gzip, gzipped
from arqlight.web.pages.addresses import Addresses, UrlFor, root_path
from arqlight.web.pages.login import LoginPage
from arqlight.web.pages.modules import VENDOR_MODULES, modules_of
from arqlight.web.pages.page import Page
from arqlight.web.static_files import HashedFiles

__all__ = ["pages_router", "templates"]

TEMPLATES = Path(__file__).parent.parent / "templates"
STREAM_WORKER = "js/core/stream-worker.js"
FIRST_STYLES = ("vendor/pico.min.css", "css/tokens.css", "css/base.css")
FAST = 3  # gzip's level: a page is compressed for each request, in about 0.1 ms

NOT_BUILT = (
    "The front end of arqlight is not built: its folder static/vendor is missing. "
    "Run 'make setup' in a clone, or install the package again where the npm registry can be reached."
)


def templates() -> Environment:
    """What pages are made from."""
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, auto_reload=False)


def pages_router(
    pages: Sequence[Page],
    addresses: Addresses,
    files: HashedFiles,
    environment: Environment,
    login: LoginPage | None = None,
) -> APIRouter:
    """The routes of pages. The first one is what the name at the top of each page leads to.

    Args:
        pages: all of them.
        addresses: of the mount's routes.
        files: the front end's files.
        environment: the templates.
        login: where people log in, if they do.
    """
    router = APIRouter(route_class=_route_class(login))
    frame = _Frame(pages, addresses, files, environment, login)
    for page in pages:
        _add(router, page, frame)
    return router


def _route_class(login: LoginPage | None) -> type[GuardedRoute]:
    """Routes that lead whom they refuse to the page to log in, where there is one."""

    class PageRoute(GuardedRoute):
        def answering_errors(self, answer: Handler) -> Handler:
            async def handler(request: Request) -> Response:
                try:
                    return await answer(request)
                except HTTPException as error:
                    if login is not None and (refusal := login.refusal(request, error)):
                        return refusal
                    raise

            return handler

    return PageRoute


def _add(router: APIRouter, page: Page, frame: "_Frame") -> None:
    preload = modules_of(frame.files, page.module)

    @needs(page.right)
    async def show(
        request: Request,
        data: Annotated[Mapping[str, Any], Depends(page.data)],
        onward: Annotated[str, Depends(page.onward)],
    ) -> Response:
        if onward:
            return RedirectResponse(frame.addresses.of(request)(onward), headers=API_HEADERS)
        return frame.response(request, page, data, preload)

    router.add_api_route(
        page.path,
        show,
        methods=["GET", "HEAD"],
        name=f"arqlight:{page.route}",
        include_in_schema=False,
        response_class=HTMLResponse,
    )


class _Frame:
    """What all pages share."""

    def __init__(
        self,
        pages: Sequence[Page],
        addresses: Addresses,
        files: HashedFiles,
        environment: Environment,
        login: LoginPage | None,
    ) -> None:
        self.pages = pages
        self.addresses = addresses
        self.files = files
        self.components = [path for path in files.files if path.startswith("css/components/")]
        self.is_built = VENDOR_MODULES["preact"] in files.files
        self.environment = environment
        self.login = login

    def response(
        self, request: Request, page: Page, data: Mapping[str, Any], preload: Sequence[str]
    ) -> Response:
        """The page as a browser gets it."""
        nonce = new_nonce()
        headers = page_headers(nonce)
        if not self.is_built:
            return HTMLResponse(f"<p>{NOT_BUILT}</p>", 503, headers)
        url_for = self.addresses.of(request)
        context = self._context(request, page, data, preload, url_for)
        html = self.environment.get_template(page.template).render(context, csp_nonce=nonce).encode()
        headers["Vary"] = "Accept-Encoding"
        if accepts_gzip(request.headers.get("accept-encoding", "")):
            headers["Content-Encoding"] = "gzip"
            html = gzipped(html, FAST) or html
        response = HTMLResponse(html, headers=headers)
        if (links := door_of(request).links) and (kept := links.cookie(request)):
            # The page asks for what the link shows by this, not by its address.
            secure = request.url.scheme == "https"
            path = url_for("page:task")
            response.set_cookie(LINKS, kept, path=path, secure=secure, httponly=True, samesite="strict")
        return response

    def _context(
        self, request: Request, page: Page, data: Mapping[str, Any], preload: Sequence[str], url_for: UrlFor
    ) -> dict[str, Any]:
        """What the templates are given."""
        static_files = url_for("static", digest=self.files.hash, path="")

        def static(path: str) -> str:
            return static_files + path

        own_style = [page.own_style] if page.own_style in self.files.files else []
        urls = {**page.urls(url_for), "stream_worker": static(STREAM_WORKER)}
        return {
            "page": page,
            "page_data": {**data, "urls": urls},
            "static": static,
            "styles": [*FIRST_STYLES, *self.components, *page.styles, *own_style],
            "import_map": {"imports": {name: static(path) for name, path in VENDOR_MODULES.items()}},
            "modulepreload": [static(path) for path in preload],
            "home": url_for(self.pages[0].route),
            "navigation": [(one, url_for(one.route)) for one in self.pages if one.navigation],
            "docs": root_path(request) + request.app.docs_url if request.app.docs_url else "",
            "session": self.login.session(request) if self.login else None,
            "version": __version__,
        }
