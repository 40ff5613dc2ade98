"""Lists of jobs: any filter and order, page by page, says what the rows themselves say."""

from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import pytest
import pytest_asyncio

from arqlight.history import History, JobFilter
from arqlight.history.queries import branches, counts, jobs
from arqlight.history.queries.branches import SORTS
from tests.history.rows import NOW_MS, counted, fill, holds, make_rows, ordered

ALL_SORTS = [sign + sort for sign, sort in product(("", "-"), SORTS)]
FILTERS = [
    JobFilter(),
    JobFilter(statuses=("queued",)),
    JobFilter(statuses=("deferred",)),
    JobFilter(statuses=("queued", "deferred", "in_progress")),
    JobFilter(statuses=("complete",)),
    JobFilter(statuses=("complete", "in_progress"), outcomes=("failed",)),
    JobFilter(outcomes=("failed", "expired"), functions=("charge",)),
    JobFilter(functions=("charge", "send_email"), queues=("slow",)),
    JobFilter(queues=("slow",), statuses=("deferred",)),
    JobFilter(workers=("w1",), outcomes=("succeeded",)),
    JobFilter(batch="batch-1", functions=("resize_image",)),
    JobFilter(fingerprint="charge-ValueError"),
    JobFilter(error_types=("app.PaymentError",), queues=("slow",)),
    JobFilter(error="Address"),
    JobFilter(error="0%"),
    JobFilter(error="0_"),
    JobFilter(q="IMAGE(4"),
    JobFilter(q="job-00001", workers=("w2",)),
    JobFilter(q="CARD", functions=("charge",)),
    JobFilter(since_ms=NOW_MS - 999_900, until_ms=NOW_MS - 999_800),
    JobFilter(since_ms=NOW_MS - 999_900, functions=("charge",), min_run_ms=10, max_run_ms=20),
    JobFilter(min_wait_ms=40),
    JobFilter(max_wait_ms=4, outcomes=("failed",)),
    JobFilter(job_ids=("job-000001", "job-000007", "nothing")),
    JobFilter(functions=("nothing",)),
]


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return make_rows(400)


@pytest_asyncio.fixture
async def filled(history: History, rows: list[dict[str, Any]]) -> History:
    await history.database.write(lambda connection: fill(connection, rows))
    return history


async def keys_of(history: History, wanted: JobFilter, sort: str, limit: int) -> list[str]:
    """The keys of a whole list, in pages."""

    def read(connection: Any) -> list[str]:
        keys: list[str] = []
        cursor = None
        while True:
            page = jobs.page(connection, wanted, sort=sort, limit=limit, cursor=cursor, now_ms=NOW_MS)
            keys += [job.key for job in page.jobs]
            cursor = page.next
            if cursor is None:
                return keys

    return await history.database.read(read)


async def test_every_filter_in_every_order_lists_what_it_means(
    filled: History, rows: list[dict[str, Any]]
) -> None:
    for wanted, sort in product(FILTERS, ALL_SORTS):
        meant = ordered([row for row in rows if holds(row, wanted)], sort)
        assert await keys_of(filled, wanted, sort, 37) == meant, (wanted, sort)


async def test_a_list_is_whole_although_each_look_ends_early(
    filled: History, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "_FIRST_WINDOW", 100)
    monkeypatch.setattr(branches.walk, "__kwdefaults__", {"after": None, "budget_s": -1.0})
    for wanted, sort in product(FILTERS, ("age", "-run", "tries")):
        meant = ordered([row for row in rows if holds(row, wanted)], sort)
        assert await keys_of(filled, wanted, sort, 37) == meant, (wanted, sort)


async def test_more_values_than_one_statement_takes_are_listed(
    filled: History, rows: list[dict[str, Any]]
) -> None:
    many = tuple(f"unknown-{number}" for number in range(260))
    wanted = JobFilter(functions=("charge", *many))
    for sort in ("age", "-run"):
        meant = ordered([row for row in rows if holds(row, wanted)], sort)
        assert await keys_of(filled, wanted, sort, 100) == meant, sort


async def test_counts_are_of_the_list_without_its_states(filled: History, rows: list[dict[str, Any]]) -> None:
    for wanted in FILTERS:
        found = await filled.database.read(partial(counts.counts, wanted=wanted, now_ms=NOW_MS))
        of_all = replace(wanted, statuses=(), outcomes=())
        meant = counted([row for row in rows if holds(row, of_all)])
        assert {name: count.value for name, count in found.counts.items()} == meant, wanted
        assert all(count.exact for count in found.counts.values()), wanted
        assert found.event_id == "7-0"


async def test_a_count_that_looked_at_no_more_says_at_least(
    filled: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "_MOST_TESTED", 50)
    found = await filled.counts(JobFilter(q="charge"))
    assert not any(count.exact for count in found.counts.values())


async def test_jobs_can_be_streamed_whole(filled: History, rows: list[dict[str, Any]]) -> None:
    keys = [job.key async for job in filled.stream_jobs(JobFilter(functions=("charge",)), sort="-run")]
    assert keys == ordered([row for row in rows if row["function"] == "charge"], "-run")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sort": "size"}, "'size' is no order of jobs; there are age, wait, run, tries"),
        ({"limit": 0}, "limit is 0; it must be from 1 to 1,000"),
        ({"cursor": "abc"}, "'abc' is not a cursor; take the one called next in a page"),
        (
            {"wanted": JobFilter(statuses=("done",))},
            "'done' is no status of a job; there are deferred, queued",
        ),
        ({"wanted": JobFilter(outcomes=("lost",))}, "'lost' is no outcome of a job; there are succeeded"),
    ],
)
async def test_what_is_no_list_is_told(history: History, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        await history.jobs(**arguments)


async def test_a_list_of_nothing_is_empty_and_true_at_the_start(history: History) -> None:
    page = await history.jobs()
    assert (page.jobs, page.next, page.event_id) == ([], None, "0-0")


async def test_the_newest_of_the_jobs_that_had_an_id_is_the_one_meant(history: History) -> None:
    first, second = make_rows(2)
    second["job_id"] = first["job_id"]
    await history.database.write(lambda connection: fill(connection, [first, second]))
    newest = await history.job(first["job_id"])
    assert newest is not None
    assert newest.job.key == str(second["seq"])
    assert [one.key for one in newest.incarnations] == [str(first["seq"])]
    oldest = await history.job(first["job_id"], key=str(first["seq"]))
    assert oldest is not None
    assert oldest.job.key == str(first["seq"])
    assert await history.job("unknown") is None
