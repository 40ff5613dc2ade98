"""The page to log in, which works without JavaScript, and logging out."""

import logging
from http import HTTPStatus
from math import ceil
from typing import Any
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment

from arqlight.web.auth.accounts import Accounts, TooManyTriesError
from arqlight.web.auth.door import Door
from arqlight.web.auth.headers import new_nonce, page_headers
from arqlight.web.auth.passwords import BusyError
from arqlight.web.auth.returning import own_path
from arqlight.web.pages.addresses import Addresses, UrlFor
from arqlight.web.static_files import HashedFiles

__all__ = ["LoginPage"]

logger = logging.getLogger("arqlight.web.auth")

LARGEST_FORM = 16_384
STYLES = (
    "vendor/pico.min.css",
    "css/tokens.css",
    "css/base.css",
    "css/components/buttons.css",
    "css/components/notices.css",
    "css/components/session.css",
)
WRONG = "There is no such name with this password."


class LoginPage:
    """Where people log in and out. It is behind the door's first checks, and of course not behind the rest.

    Args:
        accounts: who may log in.
        door: the mount's door, which refuses other names and other sites.
        addresses: of the mount's routes.
        files: the front end's files.
        templates: the folder of templates.
    """

    def __init__(
        self,
        accounts: Accounts,
        door: Door,
        addresses: Addresses,
        files: HashedFiles,
        templates: Environment,
    ) -> None:
        self._accounts = accounts
        self._door = door
        self._addresses = addresses
        self._files = files
        self._template = templates.get_template("login.html")

    def router(self) -> APIRouter:
        """The routes of the page."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(
            "/login", self.show, methods=["GET", "HEAD"], name="arqlight:login", response_model=None
        )
        router.add_api_route("/login", self.log_in, methods=["POST"], response_model=None)
        router.add_api_route(
            "/logout", self.log_out, methods=["POST"], name="arqlight:log_out", response_model=None
        )
        return router

    def session(self, request: Request) -> dict[str, str] | None:
        """Who is logged in, and where they log out; None when nobody is."""
        name = self._accounts.session_of(request)
        return None if name is None else {"name": name, "log_out": self._addresses.of(request)("log_out")}

    def refusal(self, request: Request, error: HTTPException) -> Response | None:
        """What a page answers whose request was refused: the way to log in, if that may help."""
        if error.status_code == HTTPStatus.UNAUTHORIZED:
            wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(self._address(request, wanted), HTTPStatus.SEE_OTHER, NOT_KEPT)
        if error.status_code == HTTPStatus.FORBIDDEN and self.session(request):
            return self._page(
                request, HTTPStatus.FORBIDDEN, problem=str(error.detail), wanted=str(request.url.path)
            )
        return None

    async def show(self, request: Request) -> Response:
        """The form; whoever is logged in goes on at once."""
        self._door.check_first(request)
        wanted = request.query_params.get("next", "")
        if self._accounts.session_of(request):
            return self._onwards(request, wanted)
        # A browser that follows another site's link does not send the session's cookie (SameSite=Strict). It
        # does once this page has sent it here again.
        is_led_here = request.headers.get("sec-fetch-site") == "cross-site"
        again = self._address(request, wanted) if is_led_here else ""
        return self._page(request, HTTPStatus.OK, wanted=wanted, again=again)

    async def log_in(self, request: Request) -> Response:
        """Take the form: begin a session, or show the form again with what was wrong."""
        self._door.check_first(request)
        form = await _form(request)
        name, wanted = form.get("name", ""), form.get("next", "")
        address = request.client.host if request.client else ""
        try:
            person = await self._accounts.log_in(name, form.get("password", ""), address)
        except TooManyTriesError as error:
            minutes = ceil(error.wait_s / 60)
            problem = (
                f"There were too many wrong passwords. Try again in {minutes} minute{'s' * (minutes > 1)}."
            )
            headers = {"Retry-After": str(ceil(error.wait_s))}
            return self._page(
                request,
                HTTPStatus.TOO_MANY_REQUESTS,
                name=name,
                wanted=wanted,
                problem=problem,
                headers=headers,
            )
        except BusyError:
            problem = "Many are logging in just now. Try again in a moment."
            return self._page(
                request,
                HTTPStatus.SERVICE_UNAVAILABLE,
                name=name,
                wanted=wanted,
                problem=problem,
                headers={"Retry-After": "1"},
            )
        if person is None:
            logger.warning("A wrong name or password came from %s", address)
            return self._page(request, HTTPStatus.FORBIDDEN, name=name, wanted=wanted, problem=WRONG)
        logger.info("%r logged in from %s", person.viewer.name, address)
        response = self._onwards(request, wanted)
        cookie = self._accounts.sessions.cookie(person.viewer.name, person.password_hash)
        self._accounts.sessions.begin(
            response, cookie, path=self._base(request) or "/", secure=request.url.scheme == "https"
        )
        return response

    async def log_out(self, request: Request) -> Response:
        """End the session."""
        self._door.check_first(request)
        response = RedirectResponse(self._addresses.of(request)("login"), HTTPStatus.SEE_OTHER, NOT_KEPT)
        self._accounts.sessions.end(response, self._base(request) or "/")
        return response

    def _onwards(self, request: Request, wanted: str) -> Response:
        return RedirectResponse(own_path(wanted, self._base(request)), HTTPStatus.SEE_OTHER, NOT_KEPT)

    def _base(self, request: Request) -> str:
        return self._addresses.of(request)("login").removesuffix("/login")

    def _address(self, request: Request, wanted: str) -> str:
        return f"{self._addresses.of(request)('login')}?{urlencode({'next': wanted})}"

    def _page(
        self,
        request: Request,
        status: HTTPStatus,
        *,
        wanted: str = "",
        name: str = "",
        problem: str = "",
        again: str = "",
        headers: dict[str, str] | None = None,
    ) -> Response:
        nonce = new_nonce()
        url_for = self._addresses.of(request)
        html = self._template.render(
            static=self._static(url_for),
            styles=STYLES,
            csp_nonce=nonce,
            has_passwords=self._accounts.people_log_in,
            action=url_for("login"),
            next=wanted,
            name=name[:200],
            problem=problem,
            again=again,
            session=self.session(request),
        )
        return HTMLResponse(html, status, {**page_headers(nonce), **(headers or {})})

    def _static(self, url_for: UrlFor) -> Any:
        files = url_for("static", digest=self._files.hash, path="")
        return lambda path: files + path


NOT_KEPT = {"Cache-Control": "no-store"}


async def _form(request: Request) -> dict[str, str]:
    """The fields of a small form.

    Raises:
        HTTPException: 413, it is not small.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The form is too large.")
    try:
        fields = parse_qs(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
