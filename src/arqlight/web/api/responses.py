"""Answers as bytes: models dumped once, without FastAPI validating them again."""

import contextlib
import json
from collections.abc import Iterator

from fastapi import HTTPException, Response
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

__all__ = ["answer", "as_said"]


def answer(model: BaseModel, status_code: int = 200) -> Response:
    """A JSON response of a model that this process has just made."""
    try:
        content = model.model_dump_json().encode()
    except (PydanticSerializationError, UnicodeEncodeError):
        # Text that is no valid Unicode (lone surrogates) can be in arguments; plain json escapes it.
        content = json.dumps(model.model_dump(mode="python"), default=str).encode()
    return Response(content, status_code, media_type="application/json")


@contextlib.contextmanager
def as_said() -> Iterator[None]:
    """Answer with 422, in its own words, when what was asked makes no sense to the history or the queue.

    Raises:
        HTTPException: 422, for a ValueError.
    """
    try:
        yield
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
