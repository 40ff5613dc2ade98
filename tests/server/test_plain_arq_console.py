"""A queue that plain arq alone serves, default pickles: listed, opened, retried, aborted, deleted."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio
from arq.connections import ArqRedis
from arq.jobs import Job

from tests.helpers import eventually
from tests.processes import StartWorker
from tests.server.conftest import Serve

SETTINGS = "tests.server.work.WorkerSettings"


@pytest_asyncio.fixture
async def client(serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server of its own, which records the history from the test's beginning on."""
    async with httpx.AsyncClient(base_url=serve("recorded").url, timeout=20) as client:
        yield client


async def enqueue(redis: ArqRedis, function: str, *args: Any, **options: Any) -> str:
    """Enqueue as an application does that knows nothing of arqlight."""
    job = await redis.enqueue_job(function, *args, **options)
    assert job is not None
    return job.job_id


async def listed(client: httpx.AsyncClient, job_id: str, **state: str | None) -> dict[str, Any]:
    """The job's line in the list, once it is in this state."""

    async def line() -> dict[str, Any] | None:
        jobs = (await client.get("/api/jobs", params={"job_id": job_id})).json()["jobs"]
        found: dict[str, Any] | None = jobs[0] if jobs else None
        return found if found is not None and state.items() <= found.items() else None

    return await eventually(line, timeout=30)


async def test_its_jobs_are_listed_and_opened(
    client: httpx.AsyncClient, redis: ArqRedis, worker_process: StartWorker
) -> None:
    done = await enqueue(redis, "echo", "hello")
    failed = await enqueue(redis, "fail", "no such address")
    later = await enqueue(redis, "echo", _defer_by=3600)
    for job_id in (done, failed):
        await listed(client, job_id, status="queued")
    worker_process(SETTINGS, kind="arq")

    line = await listed(client, done, status="complete")
    assert (line["outcome"], line["function"], line["source"]) == ("succeeded", "echo", "plain_arq")
    assert "hello" in line["call"]
    await listed(client, later, status="deferred")
    line = await listed(client, failed, status="complete")
    assert (line["outcome"], line["error"]["type"]) == ("failed", "ValueError")
    told = (await client.get(f"/api/jobs/{failed}")).json()["job"]
    assert (told["outcome"], told["error"]["message"]) == ("failed", "no such address")
    told = (await client.get(f"/api/jobs/{done}/history")).json()
    assert told["args"] == ["hello"]
    found = (await client.get("/api/jobs", params={"q": "such address"})).json()["jobs"]
    assert [job["job_id"] for job in found] == [failed]


async def test_its_jobs_are_retried_and_deleted(
    client: httpx.AsyncClient, redis: ArqRedis, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS, kind="arq")
    job_id = await enqueue(redis, "fail", "again")
    first = await listed(client, job_id, status="complete", outcome="failed")
    answer = await client.post(f"/api/jobs/{job_id}/retry")
    assert answer.is_success, answer.text

    async def ran_again() -> bool:
        line = await listed(client, job_id)
        return bool(line["key"] != first["key"] and line["outcome"] == "failed")

    await eventually(ran_again, timeout=30)
    assert (await client.delete(f"/api/jobs/{job_id}")).is_success

    async def is_gone() -> bool:
        return not (await client.get("/api/jobs", params={"job_id": job_id})).json()["jobs"]

    await eventually(is_gone, timeout=30)
    assert await redis.exists(f"arq:result:{job_id}") == 0


async def test_its_jobs_are_aborted_before_they_run(client: httpx.AsyncClient, redis: ArqRedis) -> None:
    job_id = await enqueue(redis, "echo")
    await listed(client, job_id, status="queued")
    answer = await client.post(f"/api/jobs/{job_id}/abort")
    assert answer.is_success, answer.text
    await listed(client, job_id, status="complete", outcome="aborted")
    assert (await Job(job_id, redis).status()).value == "complete"
