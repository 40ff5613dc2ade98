"""Answers as bytes: models dumped once, without FastAPI validating them again."""

import json

from fastapi import Response
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

__all__ = ["answer"]


def answer(model: BaseModel, status_code: int = 200) -> Response:
    """A JSON response of a model that this process has just made."""
    try:
        content = model.model_dump_json().encode()
    except (PydanticSerializationError, UnicodeEncodeError):
        # Text that is no valid Unicode (lone surrogates) can be in arguments; plain json escapes it.
        content = json.dumps(model.model_dump(mode="python"), default=str).encode()
    return Response(content, status_code, media_type="application/json")
