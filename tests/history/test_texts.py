"""Searching texts by the index, on SQLite and PostgreSQL: the same is found as by looking at each row."""

from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from arqlight.history import History, JobFilter
from arqlight.history.queries import branches
from arqlight.history.queries import jobs as listing
from arqlight.history.tables import jobs
from arqlight.history.texts import has_index, index_some
from tests.history.rows import fill, holds, make_rows, ordered

TEXTS = (
    "job-00012",
    "CHARGE(7",
    "card 100%",
    "app.PaymentError: no such",
    '"',
    "100%",
    "nothing like it",
    "ge",
)


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return make_rows(400)


@pytest.fixture
def by_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at few rows before the index is asked, and do not stop early then."""
    monkeypatch.setattr(listing, "_LOOK_FIRST_S", -1)
    monkeypatch.setattr(branches, "_FIRST_WINDOW", 40)
    monkeypatch.setattr(branches.walk, "__kwdefaults__", {"after": None, "budget_s": 60.0})


async def keys_of(history: History, wanted: JobFilter, sort: str = "age") -> list[str]:
    return [job.key async for job in history.stream_jobs(wanted, sort=sort)]


@pytest.mark.usefixtures("by_index")
@pytest.mark.parametrize("indexed", [0, 150, 400])
async def test_a_search_finds_what_contains_the_text(
    history: History, rows: list[dict[str, Any]], indexed: int
) -> None:
    await history.database.write(lambda connection: fill(connection, rows))
    assert await history.database.read(has_index)
    if indexed:
        assert await history.database.write(lambda connection: index_some(connection, indexed)) == indexed
    for text in TEXTS:
        for wanted, sort in (
            (JobFilter(q=text), "age"),
            (JobFilter(q=text, outcomes=("failed",), queues=("slow",)), "-age"),
        ):
            meant = ordered([row for row in rows if holds(row, wanted)], sort)
            assert await keys_of(history, wanted, sort) == meant, (wanted, sort)


@pytest.mark.usefixtures("by_index")
async def test_the_index_follows_what_changes_and_what_goes(
    history: History, rows: list[dict[str, Any]]
) -> None:
    changed, gone = rows[3]["seq"], rows[4]["seq"]

    def change(connection: Connection) -> None:
        fill(connection, rows)
        index_some(connection, 400)
        connection.execute(update(jobs).where(jobs.c.seq == changed).values(call="refund(made-up)"))
        connection.execute(delete(jobs).where(jobs.c.seq == gone))

    await history.database.write(change)
    assert await keys_of(history, JobFilter(q="REFUND(made")) == [str(changed)]
    assert await keys_of(history, JobFilter(q=rows[3]["call"])) == ordered(
        [row for row in rows if row["call"] == rows[3]["call"] and row["seq"] not in (changed, gone)], "age"
    )
    assert await keys_of(history, JobFilter(q=rows[4]["job_id"])) == []


async def test_a_row_is_indexed_once(history: History, rows: list[dict[str, Any]]) -> None:
    await history.database.write(lambda connection: fill(connection, rows))
    assert await history.database.write(lambda connection: index_some(connection, 300)) == 300
    assert await history.database.write(lambda connection: index_some(connection, 300)) == 100
    assert await history.database.write(lambda connection: index_some(connection, 300)) == 0
    left = await history.database.read(lambda connection: connection.scalars(select(jobs.c.searched)).all())
    assert set(left) == {1}
