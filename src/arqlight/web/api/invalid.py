"""Requests that are not valid, in words: which part is wrong, and what would be right."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request

from arqlight.web.api.models.problems import FieldError
from arqlight.web.api.problem import problem

__all__ = ["invalid"]

MOST_ERRORS = 20
LONGEST_FIELD = 200


def invalid(request: Request, error: RequestValidationError) -> Response:
    """The answer to a request that FastAPI found not to be valid."""
    errors = error.errors()
    if any(tuple(one["loc"]) == ("body",) for one in errors) and not _says_json(request):
        return problem(415, "Send a JSON body, with the header 'Content-Type: application/json'.")
    fields = [_field_error(one) for one in errors[:MOST_ERRORS]]
    return problem(422, "; ".join(f"{one.field} {one.detail}" for one in fields), errors=fields)


def _says_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _field_error(error: Mapping[str, Any]) -> FieldError:
    kind, location = error["type"], error["loc"]
    if kind == "json_invalid":
        reason = error.get("ctx", {}).get("error", "")
        return FieldError(field="body", detail=f"is not JSON: {reason} at character {location[-1]}")
    inner = [str(part) for part in location[1:]] or [str(location[0])]
    return FieldError(field=".".join(inner)[:LONGEST_FIELD], detail=_in_words(kind, error))


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


def _in_words(kind: str, error: Mapping[str, Any]) -> str:
    words = _WORDS.get(kind)
    if words is not None:
        return words.format_map(error.get("ctx", {}))
    # pydantic's sentence as the end of ours: 'Input should be ...' becomes 'should be ...'.
    message: str = error["msg"].removeprefix("Input ").removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
