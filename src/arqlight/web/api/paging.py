"""Paging by key: a page ends with a cursor, which says after what the next one begins.

A cursor is opaque to clients. It holds the sort key of the last row, so a page costs the same wherever it is,
and rows that come or go meanwhile move nothing.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, NamedTuple, TypeVar

from fastapi import HTTPException, Query

__all__ = ["Cursor", "CursorText", "Limit", "page_of"]

Row = TypeVar("Row")
Scalar = str | int | float | bool | None

LARGEST_PAGE = 500
LONGEST_CURSOR = 2_000

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many at the most.", examples=[50])]
CursorText = Annotated[
    str | None,
    Query(max_length=LONGEST_CURSOR, description="The page after the one that gave this as `next`."),
]


class Cursor(NamedTuple):
    """Where a page ended: the order that it was in, and the sort key of its last row."""

    sort: str
    key: tuple[Scalar, ...]

    def encode(self) -> str:
        """The text that a client sends back."""
        text = json.dumps([self.sort, *self.key], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, sort: str) -> "Cursor":
        """The cursor that a client has sent back, for a list in the order ``sort``.

        Raises:
            HTTPException: 422, if it is none of ours, or of a list in another order.
        """
        try:
            padded = text + "=" * (-len(text) % 4)
            its_sort, *key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError, TypeError) as error:
            raise HTTPException(422, "cursor must be the `next` of an earlier answer") from error
        if its_sort != sort:
            raise HTTPException(422, f"cursor is of a list sorted by {its_sort!r}, not by {sort!r}")
        if not all(isinstance(part, Scalar) for part in key):
            raise HTTPException(422, "cursor must be the `next` of an earlier answer")
        return cls(its_sort, tuple(key))


def page_of(
    rows: Sequence[Row], limit: int, sort: str, key: Callable[[Row], tuple[Scalar, ...]]
) -> tuple[Sequence[Row], str | None]:
    """A page of ``limit`` rows, and the cursor of the next one, or None after the last.

    Args:
        rows: one more than ``limit`` where there are more.
        limit: how many rows a page has.
        sort: the order that they are in.
        key: the sort key of a row, unique among all rows.
    """
    if len(rows) <= limit:
        return rows, None
    page = rows[:limit]
    return page, Cursor(sort, key(page[-1])).encode()
