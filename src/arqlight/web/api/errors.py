"""Errors of our routes become problem details. The application's own error handlers stay its own."""

import json
from http import HTTPStatus
from typing import ClassVar

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from arqlight.logs import get_logger
from arqlight.redis.failures import REDIS_TROUBLE, refusal, refuses, why
from arqlight.web.api.invalid import invalid
from arqlight.web.api.problem import problem
from arqlight.web.auth.door import Handler, is_by_link_alone
from arqlight.web.auth.headers import API_HEADERS
from arqlight.web.auth.route import GuardedRoute
from arqlight.web.live.hub import ClosingError

__all__ = ["ProblemRoute"]

logger = get_logger("arqlight.web")

# Seconds after which to try again when Redis is away.
RETRY_AFTER = "1"


class ProblemRoute(GuardedRoute):
    """A guarded route whose every error is answered with problem details, and which takes no endless body."""

    # How many bytes the body of a request may have. FastAPI has a setting for it, but only since 0.164.
    largest_body: ClassVar = 1_048_576

    def get_route_handler(self) -> Handler:
        """FastAPI's handler of the route, with its errors turned into answers."""
        return self.answering_errors(super().get_route_handler())

    def answering_errors(self, answer: Handler) -> Handler:
        """A handler whose errors are turned into answers."""

        async def handler(request: Request) -> Response:
            try:
                response = await answer(request)
            except RequestValidationError as error:
                response = invalid(request, error)
            except HTTPException as error:
                response = _of_http_error(error)
            except ClosingError:
                response = problem(503, "The server is being stopped.", headers={"Retry-After": RETRY_AFTER})
            except REDIS_TROUBLE as error:
                response = _redis_trouble(error)
            except SQLAlchemyError as error:
                response = _history_trouble(error)
            for name, value in API_HEADERS.items():
                response.headers.setdefault(name, value)
            if is_by_link_alone(request):
                response.headers["Access-Control-Allow-Origin"] = "*"
            return response

        return handler

    async def go_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that was let in, and what FastAPI answers around that: wrong methods, ..."""
        if _declared_length(scope) > self.largest_body:
            await _too_large(self.largest_body)(scope, receive, send)
            return
        try:
            await super().go_on(_with_content_type(scope), _bounded(receive, self.largest_body), send)
        except HTTPException as error:
            await _of_http_error(error)(scope, receive, send)


def _with_content_type(scope: Scope) -> Scope:
    """A body that is not declared is bytes. FastAPI before 0.132 takes it for JSON; any page may send one."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-type" or value.strip()]
    if all(name != b"content-type" for name, _ in headers):
        headers.append((b"content-type", b"application/octet-stream"))
    return {**scope, "headers": headers}


def _bounded(receive: Receive, largest_body: int) -> Receive:
    """The same, but for a body that turns out too large: its length need not be declared."""
    left = largest_body

    async def receive_bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return receive_bounded


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _of_http_error(error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _too_large(None)
    # FastAPI's own HTTPException takes any JSON as its detail.
    detail: object = error.detail
    text = detail if isinstance(detail, str) else json.dumps(detail, default=str)
    return problem(error.status_code, text, headers=error.headers)


def _too_large(limit: int | None) -> Response:
    allowed = f" It may have {limit:,} bytes." if limit else ""
    return problem(413, f"The body of the request is too large.{allowed}")


def _redis_trouble(error: Exception) -> Response:
    if not refuses(error):
        logger.warning("Redis is away: %s", why(error))
        detail = "Redis cannot be reached at the moment. Nothing was lost; try again."
    else:
        logger.error("Redis refused a command: %s", error)
        detail = f"{refusal(error)} The server's log has its own words."
    return problem(503, detail, headers={"Retry-After": RETRY_AFTER})


def _history_trouble(error: SQLAlchemyError) -> Response:
    # Its text has the whole statement; the first line says what is wrong.
    logger.warning("The history cannot be read: %s", why(error).partition("\n")[0])
    detail = "The history of jobs cannot be read at the moment; what is live can. Try again."
    return problem(503, detail, headers={"Retry-After": RETRY_AFTER})
