"""Errors of our routes as problem details (RFC 9457). The application's own error handlers stay its own."""

import json
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from arqlight.redis.failures import REDIS_AWAY, REDIS_TROUBLE, why
from arqlight.web.auth.cross_site import API_HEADERS
from arqlight.web.live.hub import ClosingError

__all__ = ["LARGEST_BODY", "MEDIA_TYPE", "FieldError", "Problem", "ProblemRoute", "problem_responses"]

logger = logging.getLogger("arqlight.web")

MEDIA_TYPE = "application/problem+json"
# Seconds after which to try again when Redis is away.
RETRY_AFTER = "1"
# Longer texts of ours and of others are cut.
LONGEST_DETAIL = 1000
# How many bytes the body of a request to the API may have.
LARGEST_BODY = 1_048_576

# RFC 9110's words, which Python has since 3.13.
_NEW_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}


class FieldError(BaseModel):
    """What is wrong with one part of a request."""

    field: str = Field(description="Where it is, such as `count` or `jobs.0.function`.", examples=["count"])
    detail: str = Field(examples=["must be a whole number from 1 to 100"])


class Problem(BaseModel):
    """Problem details (RFC 9457): what went wrong, for people and programs."""

    type: str = Field(
        default="about:blank", description="Always `about:blank`: the status says what kind it is."
    )
    title: str = Field(description="The status in words.", examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(
        description="What was wrong with this request, and what would be right.",
        examples=["count must be a whole number from 1 to 100"],
    )
    errors: list[FieldError] | None = Field(
        default=None, description="Each wrong part, when the request was not valid."
    )


class ProblemRoute(APIRoute):
    """A route whose every error is answered with problem details.

    Its ``max_body_size`` has to be its own or its router's: that of an outer router it does not see.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler of the route, with its errors turned into answers."""
        answer = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                response = await answer(request)
            except RequestValidationError as error:
                response = _invalid(request, error)
            except HTTPException as error:
                response = _of_http_error(error)
            except ClosingError:
                response = _problem(503, "The server is being stopped.", headers={"Retry-After": RETRY_AFTER})
            except REDIS_TROUBLE as error:
                response = _redis_trouble(error)
            for name, value in API_HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return handler

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what FastAPI answers before and around the handler: wrong methods, too large bodies."""
        if _declared_length(scope) > (self.max_body_size or float("inf")):
            await _too_large(self.max_body_size)(scope, receive, send)
            return
        try:
            await super().handle(scope, receive, send)
        except HTTPException as error:
            await _of_http_error(error)(scope, receive, send)


def _title(status: int) -> str:
    return _NEW_PHRASES.get(status) or HTTPStatus(status).phrase


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _problem(
    status: int,
    detail: str,
    *,
    errors: Sequence[FieldError] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = Problem(
        title=_title(status),
        status=status,
        detail=detail if len(detail) <= LONGEST_DETAIL else detail[: LONGEST_DETAIL - 1] + "…",
        errors=list(errors) if errors else None,
    )
    # Plain json: it also writes text that is no valid Unicode, which a client may have sent.
    text = json.dumps(problem.model_dump(exclude_none=True))
    return Response(text, status, headers={**API_HEADERS, **(headers or {})}, media_type=MEDIA_TYPE)


def _of_http_error(error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _too_large(None)
    # FastAPI's own HTTPException takes any JSON as its detail.
    detail: object = error.detail
    text = detail if isinstance(detail, str) else json.dumps(detail, default=str)
    return _problem(error.status_code, text, headers=error.headers)


def _too_large(limit: int | None) -> Response:
    allowed = f" It may have {limit:,} bytes." if limit else ""
    return _problem(413, f"The body of the request is too large.{allowed}")


def _redis_trouble(error: Exception) -> Response:
    if isinstance(error, REDIS_AWAY):
        logger.warning("Redis is away: %s", why(error))
        detail = "Redis cannot be reached at the moment. Nothing was lost; try again."
    else:
        logger.error("Redis refused a command: %s", error)
        detail = f"Redis refused a command: {error}"
    return _problem(503, detail, headers={"Retry-After": RETRY_AFTER})


# -- requests that are not valid


def _invalid(request: Request, error: RequestValidationError) -> Response:
    problems = error.errors()
    if any(tuple(problem["loc"]) == ("body",) for problem in problems) and not _says_json(request):
        return _problem(415, "Send a JSON body, with the header 'Content-Type: application/json'.")
    errors = [_field_error(problem) for problem in problems[:20]]
    detail = "; ".join(f"{one.field} {one.detail}" for one in errors)
    return _problem(422, detail, errors=errors)


def _says_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _field_error(problem: Mapping[str, Any]) -> FieldError:
    kind, location = problem["type"], problem["loc"]
    if kind == "json_invalid":
        reason = problem.get("ctx", {}).get("error", "")
        return FieldError(field="body", detail=f"is not JSON: {reason} at character {location[-1]}")
    inner = [str(part) for part in location[1:]] or [str(location[0])]
    return FieldError(field=".".join(inner)[:200], detail=_in_words(kind, problem))


# pydantic's kinds of errors in the words of our API; its own words where they are not here.
_WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not known here",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "list_type": "must be a JSON array",
    "string_type": "must be a text",
    "string_unicode": "must be valid Unicode text",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have {max_length} or fewer characters",
    "too_short": "must have {min_length} or more items",
    "too_long": "must have {max_length} or fewer items",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
}


def _in_words(kind: str, problem: Mapping[str, Any]) -> str:
    words = _WORDS.get(kind)
    if words is not None:
        return words.format_map(problem.get("ctx", {}))
    # pydantic's sentence as the end of ours: 'Input should be ...' becomes 'should be ...'.
    message: str = problem["msg"].removeprefix("Input ").removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


# -- for OpenAPI

_EXPLANATIONS: Mapping[int, str] = {
    400: "The body could not be read.",
    403: "A page of another site sent the request.",
    404: "There is no such thing, or not any more.",
    409: "A job of that id exists already.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "Something in the request is not valid; `detail` says what, and what would be.",
    503: "Redis cannot be reached at the moment.",
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a route's errors: ``statuses``, and 503, which any of them may give."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs")
    schema["properties"]["errors"]["anyOf"][0]["items"] = definitions["FieldError"]
    return {
        status: {
            "description": _EXPLANATIONS[status],
            "content": {
                MEDIA_TYPE: {
                    "schema": schema,
                    "example": {
                        "type": "about:blank",
                        "title": _title(status),
                        "status": status,
                        "detail": _EXPLANATIONS[status],
                    },
                }
            },
        }
        for status in sorted({*statuses, 503})
    }
