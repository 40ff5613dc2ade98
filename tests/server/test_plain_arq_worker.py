import asyncio
from typing import Any

import httpx
from arq.connections import ArqRedis

from tests.processes import StartWorker
from tests.server.serving import watching
from tests.web import Web

SETTINGS = "tests.server.work.WorkerSettings"


def statuses(seen: list[Any], job_id: str) -> list[str]:
    jobs = [r.data["job"] for r in seen if r.event == "state" and r.data["job_id"] == job_id]
    return [job["outcome"] or job["status"] for job in jobs]


async def test_jobs_that_a_plain_arq_worker_runs_are_live_too(
    web: Web, client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS, kind="arq")
    requests = [{"function": "sleep", "args": [1]} for _ in range(5)]
    requests += [{"function": "fail", "args": ["no such address"]}]
    batch = (await client.post("/api/batches", json={"jobs": requests})).json()
    job_ids = [job["job_id"] for job in batch["jobs"]]
    async with watching(web.url, batch=batch["batch_id"], after=batch["event_id"]) as events:
        await events.until_all_done(job_ids)
    for job_id in job_ids[:-1]:
        assert statuses(events.seen, job_id) == ["in_progress", "succeeded"]
    failed = [r.data["job"] for r in events.seen if r.data["job_id"] == job_ids[-1]][-1]
    assert (failed["error"]["type"], failed["error"]["message"]) == ("ValueError", "no such address")


async def test_what_a_plain_arq_worker_does_is_seen_within_half_a_second(
    web: Web, client: httpx.AsyncClient, redis: ArqRedis, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS, kind="arq")
    batch = (await client.post("/api/batches", json={"jobs": [{"function": "sleep", "args": [0.5]}]})).json()
    loop = asyncio.get_running_loop()
    async with watching(web.url, batch=batch["batch_id"], after=batch["event_id"]) as events:
        await events.until_all_done([batch["jobs"][0]["job_id"]])
        seen_ms = loop.time() * 1000
    done = events.seen[-1].data["job"]
    now_ms = int((await redis.time())[0]) * 1000 + (await redis.time())[1] // 1000
    assert now_ms - (loop.time() * 1000 - seen_ms) - done["finish_ms"] < 900


async def test_who_comes_after_the_end_of_a_plain_arq_workers_job_is_told_of_it(
    web: Web, client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    batch = (await client.post("/api/batches", json={"jobs": [{"function": "echo"}]})).json()
    (job_id,) = (job["job_id"] for job in batch["jobs"])
    worker_process(SETTINGS, kind="arq")
    done = (await client.get(f"/api/jobs/{job_id}", params={"wait": 5})).json()["job"]
    assert done["status"] == "complete"
    async with watching(web.url, batch=batch["batch_id"], after=batch["event_id"]) as events:
        await events.until_all_done([job_id])


async def test_workers_of_both_kinds_on_one_queue_are_told_of_alike(
    web: Web, client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS, kind="arq")
    worker_process(SETTINGS)
    requests = [{"function": "sleep", "args": [0.1]} for _ in range(40)]
    batch = (await client.post("/api/batches", json={"jobs": requests})).json()
    job_ids = [job["job_id"] for job in batch["jobs"]]
    async with watching(web.url, batch=batch["batch_id"], after=batch["event_id"]) as events:
        await events.until_all_done(job_ids)
        ends = [
            r
            for r in events.seen
            if r.event == "succeeded" or statuses([r], r.data["job_id"]) == ["succeeded"]
        ]
    assert {r.data["job_id"] for r in ends} == set(job_ids)


async def test_where_our_workers_run_the_jobs_no_state_is_sent_besides_the_events(
    web: Web, client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    batch = (await client.post("/task", json={"count": 30})).json()
    async with watching(web.url, batch=batch["batch_id"], after=batch["event_id"]) as events:
        await events.until_all_done(batch["task_ids"])
    assert not [r for r in events.seen if r.event == "state"]
