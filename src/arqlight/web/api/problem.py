"""Problem details (RFC 9457): what our routes answer when something is wrong."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Response

from arqlight.web.api.models.problems import FieldError, Problem
from arqlight.web.auth.headers import API_HEADERS

__all__ = ["MEDIA_TYPE", "problem", "problem_responses"]

MEDIA_TYPE = "application/problem+json"
# Longer texts of ours and of others are cut.
LONGEST_DETAIL = 1000

# RFC 9110's words, which Python has since 3.13.
_NEW_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}


def problem(
    status: int,
    detail: str,
    *,
    errors: Sequence[FieldError] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer that says what was wrong, and what would be right."""
    content = Problem(
        title=_title(status),
        status=status,
        detail=detail if len(detail) <= LONGEST_DETAIL else detail[: LONGEST_DETAIL - 1] + "…",
        errors=list(errors) if errors else None,
    )
    # Plain json: it also writes text that is no valid Unicode, which a client may have sent.
    text = json.dumps(content.model_dump(exclude_none=True))
    return Response(text, status, headers={**API_HEADERS, **(headers or {})}, media_type=MEDIA_TYPE)


def _title(status: int) -> str:
    return _NEW_PHRASES.get(status) or HTTPStatus(status).phrase


_EXPLANATIONS: Mapping[int, str] = {
    400: "The server does not answer to the name in `Host`.",
    401: "It is not known who sends the request.",
    403: "Who sends the request may not do this, or a page of another site sent it.",
    404: "There is no such thing, or not any more.",
    409: "A job of that id exists already.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "Something in the request is not valid; `detail` says what, and what would be.",
    503: "Redis cannot be reached at the moment.",
}


_ANY_MAY_GIVE = (400, 401, 403)


def problem_responses(*statuses: int, asks_redis: bool = True) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a route's errors: ``statuses``, those of the door, and 503 if it asks Redis."""
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
        for status in sorted({*statuses, *_ANY_MAY_GIVE, *([503] if asks_redis else [])})
    }
