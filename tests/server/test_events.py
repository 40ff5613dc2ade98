import asyncio
import json
from typing import Any

import httpx
import pytest
from arq.connections import ArqRedis

from arqlight import JobRequest, Queue, keys
from tests.processes import StartWorker
from tests.server.serving import Received, is_outcome, watching
from tests.web import Web

SETTINGS = "tests.server.work.WorkerSettings"


async def start(client: httpx.AsyncClient, count: int) -> dict[str, Any]:
    body: dict[str, Any] = (await client.post("/task", json={"count": count})).json()
    return body


async def test_a_stream_tells_each_step_of_a_job(web: Web, queue: Queue, worker_process: StartWorker) -> None:
    worker_process(SETTINGS)
    async with watching(web.url) as events:
        job = await queue.enqueue("steps", 3)
        await events.until(is_outcome)
    assert events.of(job.job_id)[:2] == ["enqueued", "started"]
    assert set(events.of(job.job_id)[2:-1]) <= {"progress"}
    last = events.seen[-1]
    assert (last.event, last.data["job_id"], last.data["result"]) == ("succeeded", job.job_id, 3)
    assert last.data["id"] == last.id
    assert last.data["at_ms"] == int(last.id.partition("-")[0])


async def test_the_headers_keep_proxies_from_buffering(web: Web) -> None:
    async with watching(web.url) as events:
        headers = events.response.headers
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-cache, no-transform"
    assert headers["x-accel-buffering"] == "no"


async def test_a_snapshot_and_the_stream_after_it_miss_nothing(
    web: Web, client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    batch = await start(client, 20)
    snapshot = (await client.get(f"/api/batches/{batch['batch_id']}")).json()
    done = [job["job_id"] for job in snapshot["jobs"] if job["status"] == "complete"]
    async with watching(web.url, batch=batch["batch_id"], after=snapshot["event_id"]) as events:
        await events.until_all_done([i for i in batch["task_ids"] if i not in done])
    assert {received.data["job_id"] for received in events.seen} <= set(batch["task_ids"])


async def test_a_client_that_was_cut_off_gets_every_later_event_once(
    web: Web, client: httpx.AsyncClient, queue: Queue, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    batch = await start(client, 30)
    last_id: str = batch["event_id"]
    seen: list[Received] = []
    while len([r for r in seen if is_outcome(r)]) < 30:
        async with watching(web.url, batch=batch["batch_id"], last_event_id=last_id) as events:
            for _ in range(7):
                seen.append(await events.next())
                if len([r for r in seen if is_outcome(r)]) == 30:
                    break
            last_id = events.last_id
    got = [r.id for r in seen if r.event != "progress"]
    log = await queue.events.read(batch["event_id"])
    assert got == [event.id for event in log if event.event != "progress"]


async def test_the_header_of_a_browser_that_connects_again_counts_before_the_address(
    web: Web, queue: Queue
) -> None:
    for job_id in ("one", "two"):
        await queue.enqueue("echo", _job_id=job_id)
    first, second = await queue.events.read("0-0")
    async with watching(web.url, last_event_id=first.id, after="0-0") as events:
        assert (await events.next()).id == second.id


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"job": "a"}, ["a"]),
        ({"job": ["a", "c"]}, ["a", "c"]),
        ({"queue": "slow"}, ["d"]),
        ({"job": "a", "queue": "slow"}, ["a", "d"]),
        ({"worker": "none", "job": "b"}, ["b"]),
        ({}, ["a", "b", "c", "d"]),
    ],
)
async def test_filters_can_be_repeated_and_combined(
    web: Web, queue: Queue, params: dict[str, Any], expected: list[str]
) -> None:
    for job_id in "abc":
        await queue.enqueue("echo", _job_id=job_id)
    await queue.enqueue("echo", _job_id="d", _queue_name="slow")
    async with watching(web.url, after="0-0", **params) as events:
        for job_id in expected:
            assert (await events.until(lambda r: r.event != "state")).data["job_id"] == job_id


async def test_resuming_from_before_the_log_was_trimmed_is_a_reset(
    web: Web, queue: Queue, redis: ArqRedis
) -> None:
    for job_id in "abc":
        await queue.enqueue("echo", _job_id=job_id)
    first, _, last = await queue.events.read("0-0")
    await redis.xtrim(keys.EVENTS, maxlen=1, approximate=False)
    async with watching(web.url, last_event_id=first.id) as events:
        reset = await events.next()
        assert (reset.event, reset.data) == ("reset", {"reason": "trimmed", "event_id": last.id})
        assert reset.id == last.id
        await queue.enqueue("echo", _job_id="d")
        assert (await events.next()).data["job_id"] == "d"


async def test_an_id_that_no_event_has_is_refused_in_the_address_and_a_reset_in_the_header(
    web: Web, client: httpx.AsyncClient
) -> None:
    response = await client.get("/api/events", params={"after": "yesterday"})
    assert response.status_code == 422
    assert response.json()["detail"] == "after must be an event id, such as 1764000000000-0"
    async with watching(web.url, last_event_id="yesterday") as events:
        assert (await events.next()).data["reason"] == "malformed_id"


async def test_an_idle_stream_is_pinged_and_learns_where_to_resume_from(serve: Any, queue: Queue) -> None:
    web = serve("impatient")
    async with watching(web.url, job="mine") as events:
        await queue.enqueue("echo", _job_id="other")
        (other,) = await queue.events.read("0-0")

        async def read() -> None:
            with pytest.raises(StopAsyncIteration):
                await events.until(lambda r: r.event != "state")

        reading = asyncio.create_task(read())
        async with asyncio.timeout(10):
            while events.last_id != other.id:
                await asyncio.sleep(0.01)
        reading.cancel()
    assert "ping" in events.comments


async def test_jobs_with_hostile_ids_are_told_of_as_they_are(web: Web, queue: Queue) -> None:
    job_id = "a/b?c#d data: x</script>'\"😀" + "x" * 10_000
    await queue.enqueue("echo", _job_id=job_id)
    async with watching(web.url, after="0-0") as events:
        received = await events.next()
    assert received.data["job_id"] == job_id


async def test_a_result_that_is_too_long_for_an_event_is_fetched_with_the_job(
    web: Web, client: httpx.AsyncClient, queue: Queue, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    async with watching(web.url) as events:
        await queue.enqueue("large", 1, _job_id="large")
        done = await events.until(is_outcome)
    assert done.data["result_omitted"] is True
    assert len(json.dumps(done.data)) < 2000
    job = (await client.get("/api/jobs/large")).json()["job"]
    assert job["status"] == "complete"


async def test_several_clients_of_one_batch_all_see_all_of_it(
    web: Web, client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    batch = await start(client, 10)

    async def watch() -> list[Received]:
        async with watching(web.url, batch=batch["batch_id"], after=batch["event_id"]) as events:
            await events.until_all_done(batch["task_ids"])
            return [r for r in events.seen if is_outcome(r)]

    first, *others = await asyncio.gather(*(watch() for _ in range(20)))
    assert all(other == first for other in others)


async def test_events_of_a_batch_that_is_not_there_are_none_and_the_stream_stays(
    web: Web, queue: Queue
) -> None:
    async with watching(web.url, batch="gone", job="mine") as events:
        await queue.enqueue("echo", _job_id="mine")
        assert (await events.until(lambda r: r.event == "enqueued")).data["job_id"] == "mine"


async def test_a_batch_of_many_jobs_is_enqueued_and_watched_by_one_filter(web: Web, queue: Queue) -> None:
    ref = await queue.enqueue_batch([JobRequest("echo", (i,)) for i in range(3000)])
    async with watching(web.url, batch=ref.batch_id, after="0-0") as events:
        for job_id in ref.job_ids:
            assert (await events.until(lambda r: r.event == "enqueued")).data["job_id"] == job_id
