"""A web server keeps the history of what real workers do, by itself."""

import asyncio
from typing import Any

import httpx

from tests.helpers import eventually
from tests.processes import StartWorker
from tests.server.conftest import Serve

SETTINGS = "tests.server.work.WorkerSettings"


async def test_jobs_that_ran_are_listed_and_each_has_its_tries(
    serve: Serve, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    async with httpx.AsyncClient(base_url=serve("recorded").url, timeout=20) as client:
        await check_that_jobs_are_listed(client)


async def check_that_jobs_are_listed(client: httpx.AsyncClient) -> None:
    created = [await client.post("/api/jobs", json={"function": "echo", "args": [n]}) for n in range(3)]
    ids = {response.json()["job_id"] for response in created}

    async def listed() -> list[dict[str, Any]]:
        jobs = (await client.get("/api/jobs", params={"outcome": "succeeded"})).json()["jobs"]
        return jobs if {job["call"] for job in jobs} >= {"echo(0)", "echo(1)", "echo(2)"} else []

    assert {job["job_id"] for job in await eventually(listed)} >= ids
    told = (await client.get(f"/api/jobs/{ids.pop()}/history")).json()
    assert [one["ended"] for one in told["tries"]] == ["succeeded"]
    assert [span["kind"] for span in told["spans"]] == ["waiting", "running"]
    assert (told["usual"]["function"], told["usual"]["count"]) == ("echo", 3)


async def test_one_of_several_web_processes_records_and_another_takes_over(
    serve: Serve, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    first, second = serve("recorded"), serve("recorded")
    async with httpx.AsyncClient(base_url=second.url, timeout=20) as client:

        async def is_listed(job_id: str) -> bool:
            jobs = (await client.get("/api/jobs", params={"job_id": job_id})).json()["jobs"]
            return bool(jobs) and jobs[0]["outcome"] == "succeeded"

        async def run_one() -> str:
            return str((await client.post("/api/jobs", json={"function": "echo"})).json()["job_id"])

        job_id = await run_one()
        await eventually(lambda: is_listed(job_id))
        await asyncio.to_thread(first.kill)
        job_id = await run_one()
        await eventually(lambda: is_listed(job_id), timeout=30)
