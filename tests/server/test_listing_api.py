"""Jobs as lists over HTTP: pages, counts, exports, one job's history."""

import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from arqlight import Queue
from arqlight.history import History
from tests.history.rows import fill, make_rows
from tests.server.conftest import Serve

ROWS = make_rows(300)


@pytest_asyncio.fixture
async def listed(serve: Serve, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server whose history has `ROWS`."""
    async with await History.open(f"sqlite:///{tmp_path}/history.db") as history:
        await history.database.write(lambda connection: fill(connection, ROWS))
    web = serve()
    async with httpx.AsyncClient(base_url=web.url, timeout=20) as client:
        yield client


async def test_pages_of_jobs_lead_through_all_of_them_youngest_first(listed: httpx.AsyncClient) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params: dict[str, str | int] = {"limit": 70, **({"cursor": cursor} if cursor else {})}
        page = (await listed.get("/api/jobs", params=params)).json()
        assert page["event_id"] == "7-0"
        seen += [job["key"] for job in page["jobs"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted((str(row["seq"]) for row in ROWS), key=int, reverse=True)


async def test_filters_that_repeat_mean_any_and_all_filters_must_hold(listed: httpx.AsyncClient) -> None:
    query = "outcome=failed&outcome=succeeded&function=charge&queue=slow"
    jobs = (await listed.get(f"/api/jobs?{query}&limit=500")).json()["jobs"]
    assert jobs
    assert {job["outcome"] for job in jobs} == {"failed", "succeeded"}
    assert {(job["function"], job["queue"]) for job in jobs} == {("charge", "slow")}
    counts = (await listed.get(f"/api/counts?{query}")).json()
    assert counts["counts"]["failed"] == sum(job["outcome"] == "failed" for job in jobs)
    assert counts["capped"] == []


async def test_a_failed_job_is_listed_with_its_error(listed: httpx.AsyncClient) -> None:
    jobs = (await listed.get("/api/jobs", params={"outcome": "failed", "limit": 1})).json()["jobs"]
    assert set(jobs[0]["error"]) == {"type", "message"}
    assert jobs[0]["call"].startswith(jobs[0]["function"])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("status=running", "status"),
        ("sort=colour", "sort"),
        ("colour=red", "colour is not known here"),
        ("limit=0", "limit must be 1 or more"),
        ("cursor=nonsense", "is not a cursor"),
        ("since=yesterday", "since must be a whole number"),
    ],
)
async def test_a_wrong_filter_is_told_what_is_wrong(listed: httpx.AsyncClient, query: str, said: str) -> None:
    response = await listed.get(f"/api/jobs?{query}")
    assert response.status_code == 422
    assert said in response.json()["detail"]


async def test_an_export_has_every_job_of_the_list(listed: httpx.AsyncClient) -> None:
    as_lines = await listed.get("/api/export", params={"format": "jsonl", "function": "charge"})
    as_table = await listed.get("/api/export", params={"format": "csv", "function": "charge"})
    expected = {row["job_id"] for row in ROWS if row["function"] == "charge"}
    assert {json.loads(line)["job_id"] for line in as_lines.text.splitlines()} == expected
    table = list(csv.DictReader(io.StringIO(as_table.text)))
    assert {row["job_id"] for row in table} == expected
    assert as_table.headers["content-disposition"] == 'attachment; filename="jobs.csv"'


async def test_an_exported_table_holds_no_formula(serve: Serve, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{**make_rows(1)[0], "job_id": '=HYPERLINK("http://evil.example")'}]
    async with await History.open(f"sqlite:///{tmp_path}/history.db") as history:
        await history.database.write(lambda connection: fill(connection, rows))
    async with httpx.AsyncClient(base_url=serve().url) as client:
        table = list(csv.DictReader(io.StringIO((await client.get("/api/export")).text)))
    assert table[0]["job_id"] == '\'=HYPERLINK("http://evil.example")'


async def test_a_jobs_history_tells_why_it_waits(listed: httpx.AsyncClient) -> None:
    waiting = (await listed.get("/api/jobs", params={"status": "queued", "limit": 1})).json()["jobs"][0]
    told = (await listed.get(f"/api/jobs/{waiting['job_id']}/history")).json()
    assert told["job"] == waiting
    assert told["why_waiting"].startswith(f"No arqlight worker of the queue {waiting['queue']} is up.")
    assert [span["kind"] for span in told["spans"]][-1] == "waiting"


async def test_a_job_of_a_paused_queue_waits_since_that_is_paused(
    listed: httpx.AsyncClient, queue: Queue
) -> None:
    waiting = (await listed.get("/api/jobs", params={"status": "queued", "limit": 1})).json()["jobs"][0]
    await queue.pause(waiting["queue"])
    told = (await listed.get(f"/api/jobs/{waiting['job_id']}/history")).json()
    assert told["why_waiting"] == f"The queue {waiting['queue']} is paused."


async def test_an_unknown_job_has_no_history(listed: httpx.AsyncClient) -> None:
    response = await listed.get("/api/jobs/nobody/history")
    assert response.status_code == 404
    assert response.json()["detail"] == "The history has no job 'nobody'."


async def test_a_history_that_cannot_be_read_is_503_and_what_is_live_goes_on(
    serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "history.db").mkdir()
    async with httpx.AsyncClient(base_url=serve().url) as client:
        response = await client.get("/api/jobs")
        assert response.status_code == 503
        assert "history" in response.json()["detail"]
        assert response.headers["retry-after"] == "1"
        assert (await client.get("/api/jobs/nobody")).status_code == 404
