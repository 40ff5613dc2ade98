import base64
from typing import Any

import pytest
from fastapi import HTTPException

from arqlight.web.api.paging import Cursor, page_of

NESTED = base64.urlsafe_b64encode(b'["age",[1]]').decode()
KEYS = [(0, "a"), (1764000000000, "6c1f"), (-1.5, None), ("ä/?=&", True), ()]


def by_age(row: tuple[int, str]) -> tuple[int, str]:
    return row


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_a_cursor_comes_back_as_it_went_and_fits_into_an_address(key: tuple[object, ...]) -> None:
    text = Cursor("age", key).encode()  # type: ignore[arg-type]
    assert Cursor.decode(text, "age") == ("age", key)
    assert text.replace("-", "").replace("_", "").isalnum()


def test_pages_go_through_all_rows_once_and_the_last_has_no_next() -> None:
    rows = [(age, f"job {age}") for age in range(7)]
    seen: list[tuple[int, str]] = []
    after: tuple[Any, ...] | None = (-1, "")
    pages = 0
    while after is not None:
        later = [row for row in rows if row > after]
        page, cursor = page_of(later[: 3 + 1], 3, "age", by_age)
        seen += page
        pages += 1
        after = Cursor.decode(cursor, "age").key if cursor else None
    assert seen == rows
    assert pages == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "A",
        "bm9uc2Vuc2U",
        "é",
        "W10",
        "bnVsbA",
        "NQ",
        NESTED,
    ],
)
def test_what_is_no_cursor_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(HTTPException) as refusal:
        Cursor.decode(text, "age")
    assert refusal.value.status_code == 422
    assert refusal.value.detail == "cursor must be the `next` of an earlier answer"


def test_a_cursor_of_a_list_in_another_order_is_refused() -> None:
    with pytest.raises(HTTPException) as refusal:
        Cursor.decode(Cursor("age", (1,)).encode(), "-age")
    assert refusal.value.detail == "cursor is of a list sorted by 'age', not by '-age'"
