"""Each filter and order of `GET /api/jobs`, on what the recorder made of real jobs."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from arqlight import Queue
from tests.helpers import eventually
from tests.processes import StartWorker
from tests.server.conftest import Serve

SETTINGS = "tests.server.work.WorkerSettings"
ENDING = {"fast", "slow", "failing", "again"}
ALL = {*ENDING, "later", "elsewhere", "gone"}


@pytest_asyncio.fixture
async def filled(serve: Serve, worker_process: StartWorker, queue: Queue) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server whose history has jobs of each kind."""
    web = serve("recorded")
    worker_process(SETTINGS)
    async with httpx.AsyncClient(base_url=web.url, timeout=20) as client:
        await fill(client, queue)
        yield client


async def fill(client: httpx.AsyncClient, queue: Queue) -> None:
    """Run jobs of each kind, until the history has them."""
    await eventually(queue.functions)
    for job_id, function, args in [
        ("slow", "sleep", [0.6]),
        ("fast", "echo", ["ada"]),
        ("failing", "fail", ["no such mailbox"]),
        ("again", "retry_once", []),
    ]:
        await enqueue(client, job_id, function, args=args)
    for job_id in ENDING:
        done = await client.get(f"/api/jobs/{job_id}", params={"wait": 10})
        assert done.json()["job"]["status"] == "complete"
    await enqueue(client, "later", "echo", args=["grace"], defer_by_s=600)
    await enqueue(client, "elsewhere", "echo", queue="other")
    await enqueue(client, "gone", "echo", defer_by_s=600)
    assert (await client.post("/api/jobs/gone/abort")).json()["answer"] == "aborted"

    async def are_known() -> bool:
        jobs = (await client.get("/api/jobs")).json()["jobs"]
        over = {job["job_id"] for job in jobs if job["status"] == "complete"}
        return {job["job_id"] for job in jobs} == ALL and over == {*ENDING, "gone"}

    await eventually(are_known, 20)


async def enqueue(client: httpx.AsyncClient, job_id: str, function: str, **fields: Any) -> None:
    body = {"function": function, "job_id": job_id, **fields}
    response = await client.post("/api/jobs", json=body)
    assert response.status_code == 201, response.text


async def ids(client: httpx.AsyncClient, query: str) -> list[str]:
    response = await client.get(f"/api/jobs?{query}")
    assert response.status_code == 200, response.text
    return [job["job_id"] for job in response.json()["jobs"]]


async def test_each_filter_finds_the_jobs_that_it_means(filled: httpx.AsyncClient) -> None:
    jobs = {job["job_id"]: job for job in (await filled.get("/api/jobs")).json()["jobs"]}
    worker, fingerprint = jobs["fast"]["worker_id"], jobs["failing"]["fingerprint"]
    middle = jobs["later"]["enqueue_ms"]
    run_ms = {job_id: job["run_ms"] for job_id, job in jobs.items() if job["run_ms"] is not None}
    longest = max(run_ms.values())
    expected: dict[str, set[str]] = {
        "": ALL,
        "status=deferred": {"later"},
        "status=queued": {"elsewhere"},
        "status=complete": {*ENDING, "gone"},
        "status=queued&status=deferred": {"elsewhere", "later"},
        "outcome=failed": {"failing"},
        "outcome=aborted": {"gone"},
        "outcome=succeeded": ENDING - {"failing"},
        "outcome=succeeded&outcome=failed": ENDING,
        "status=queued&outcome=failed": {"elsewhere", "failing"},
        "function=echo": {"fast", "later", "elsewhere", "gone"},
        "function=fail&function=sleep": {"failing", "slow"},
        "queue=other": {"elsewhere"},
        f"worker={worker}": ENDING,
        "worker=nobody": set(),
        "error_type=ValueError": {"failing"},
        "error=mailbox": {"failing"},
        "error=Value": {"failing"},
        f"fingerprint={fingerprint}": {"failing"},
        "q=ada": {"fast"},
        "q=mailbox": {"failing"},
        "q=retry_on": {"again"},
        "q=elsewh": {"elsewhere"},
        "q=nothing+of+the+kind": set(),
        "job_id=fast&job_id=later&job_id=unknown": {"fast", "later"},
        f"since={middle}": {"later", "elsewhere", "gone"},
        f"until={middle}": ENDING,
        f"min_run={longest}": {job_id for job_id, ran in run_ms.items() if ran >= longest},
        f"max_run={longest - 1}": {job_id for job_id, ran in run_ms.items() if ran < longest},
        "min_wait=0&function=fail": {"failing"},
        "max_wait=60000": ENDING,
        "function=echo&status=deferred&q=grace": {"later"},
        "function=echo&outcome=failed": set(),
    }
    found = {query: set(await ids(filled, query)) for query in expected}
    assert found == expected


async def test_each_order_and_its_reverse(filled: httpx.AsyncClient) -> None:
    jobs = {job["job_id"]: job for job in (await filled.get("/api/jobs")).json()["jobs"]}
    over = "outcome=succeeded&outcome=failed"
    for sort, field in [("wait", "wait_ms"), ("run", "run_ms"), ("tries", "job_try")]:
        first = [jobs[job_id][field] for job_id in await ids(filled, f"{over}&sort={sort}")]
        last = [jobs[job_id][field] for job_id in await ids(filled, f"{over}&sort=-{sort}")]
        assert first == sorted(first)
        assert last == sorted(last, reverse=True)
    youngest_first = ["gone", "elsewhere", "later", "again", "failing", "fast", "slow"]
    assert await ids(filled, "sort=age") == youngest_first
    assert await ids(filled, "sort=-age") == youngest_first[::-1]
    assert (await ids(filled, "sort=-tries"))[0] == "again"


async def test_counts_of_the_same_filters_tell_of_every_state(filled: httpx.AsyncClient) -> None:
    counts = (await filled.get("/api/counts")).json()["counts"]
    expected = {"deferred": 1, "queued": 1, "succeeded": 3, "failed": 1, "aborted": 1}
    assert {state: count for state, count in counts.items() if count} == expected
    of_echo = (await filled.get("/api/counts?function=echo")).json()["counts"]
    assert {state: count for state, count in of_echo.items() if count} == {
        "deferred": 1,
        "queued": 1,
        "succeeded": 1,
        "aborted": 1,
    }


@pytest.mark.parametrize("sort", ["age", "-age", "run", "-tries"])
async def test_pages_of_each_order_lead_through_all_jobs_once(filled: httpx.AsyncClient, sort: str) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params: dict[str, str | int] = {"sort": sort, "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await filled.get("/api/jobs", params=params)).json()
        seen += [job["job_id"] for job in page["jobs"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == (len(ALL) if "age" in sort else len(seen))
    assert set(seen) >= ENDING
