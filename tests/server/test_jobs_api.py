import asyncio
import time
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from arq.connections import ArqRedis

from arqlight import Queue
from tests.helpers import eventually
from tests.processes import StartWorker
from tests.server.conftest import Serve

SETTINGS = "tests.server.work.WorkerSettings"
HOSTILE_IDS = [
    "a/b/c",
    'it\'s "quoted"',
    "a?b#c%2Fd",
    "ünïcödé 😀",
    "x" * 10_000,
    "abc/abort",
    " ",
    "<b>&amp;",
]


async def enqueue(client: httpx.AsyncClient, function: str, *args: Any, **fields: Any) -> dict[str, Any]:
    response = await client.post("/api/jobs", json={"function": function, "args": args, **fields})
    assert response.status_code == 201, response.text
    job: dict[str, Any] = response.json()
    return job


async def at_its_end(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    response = await client.get(f"/api/jobs/{quote(job_id, safe='')}", params={"wait": 10})
    assert response.status_code == 200, response.text
    job: dict[str, Any] = response.json()["job"]
    assert job["status"] == "complete", job
    return job


async def test_any_registered_function_can_be_enqueued_with_arguments(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    arguments = [1, "two", None, [3.5], {"four": True}]
    job = await enqueue(client, "echo", *arguments, kwargs={"key": "value"}, job_id="mine")
    assert (job["job_id"], job["function"], job["args"]) == ("mine", "echo", arguments)
    done = await at_its_end(client, "mine")
    assert done["result"] == [arguments, {"key": "value"}]
    assert (done["outcome"], done["job_try"]) == ("succeeded", 1)
    assert done["enqueue_ms"] <= done["start_ms"] <= done["finish_ms"]


async def test_a_job_can_be_deferred(client: httpx.AsyncClient) -> None:
    job = await enqueue(client, "echo", defer_by_s=60)
    assert job["status"] == "deferred"
    assert 59_000 < job["due_ms"] - job["enqueue_ms"] < 61_000


async def test_a_job_can_be_deferred_until_a_time(client: httpx.AsyncClient) -> None:
    until = int(time.time() * 1000) + 3_600_000
    job = await enqueue(client, "echo", defer_until_ms=until)
    assert (job["status"], job["due_ms"]) == ("deferred", until)


async def test_a_job_can_be_given_an_expiry(client: httpx.AsyncClient, redis: ArqRedis) -> None:
    job = await enqueue(client, "echo", expires_s=5)
    assert 0 < await redis.pttl(f"arq:job:{job['job_id']}") <= 5000


async def test_a_job_can_go_to_another_queue_and_be_found_there(client: httpx.AsyncClient) -> None:
    job = await enqueue(client, "echo", queue="slow")
    found = await client.get(f"/api/jobs/{job['job_id']}", params={"queue": "slow"})
    assert found.json()["job"]["status"] == "queued"


async def test_a_job_in_a_queue_that_is_not_known_here_is_said_to_be_there(client: httpx.AsyncClient) -> None:
    job = await enqueue(client, "echo", queue="unserved")
    response = await client.get(f"/api/jobs/{job['job_id']}")
    assert response.status_code == 404
    assert "is in a queue that no worker serves now. Name that queue" in response.json()["detail"]


async def test_a_job_of_another_queue_is_found_by_its_batch_or_by_the_workers_of_that_queue(
    client: httpx.AsyncClient, queue: Queue, redis: ArqRedis, worker_process: StartWorker
) -> None:
    batch = {"queue": "slow", "jobs": [{"function": "echo", "defer_by_s": 60}]}
    created = (await client.post("/api/batches", json=batch)).json()
    (job_id,) = (job["job_id"] for job in created["jobs"])
    assert (await client.get(f"/api/jobs/{job_id}")).json()["job"]["queue"] == "slow"
    assert (await client.get(f"/task/{job_id}")).json()["status"] == "deferred"

    job = await redis.enqueue_job("echo", _queue_name="other", _defer_by=60)
    assert job
    assert (await client.get(f"/api/jobs/{job.job_id}")).status_code == 404
    worker_process("tests.server.work.OtherQueueSettings")
    await eventually(queue.workers)
    assert (await client.get(f"/api/jobs/{job.job_id}")).json()["job"]["queue"] == "other"
    assert (await client.post(f"/api/jobs/{job.job_id}/abort")).json()["answer"] == "aborted"


async def test_names_that_arq_uses_for_itself_are_fine_as_keyword_arguments(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    job = await enqueue(client, "echo", kwargs={"_job_id": "x", "_queue_name": "y", "function": "z"})
    assert job["queue"] == "arq:queue"
    done = await at_its_end(client, job["job_id"])
    assert done["result"] == [[], {"_job_id": "x", "_queue_name": "y", "function": "z"}]


async def test_a_second_job_of_the_same_id_is_a_conflict(client: httpx.AsyncClient) -> None:
    await enqueue(client, "echo", job_id="mine")
    response = await client.post("/api/jobs", json={"function": "echo", "job_id": "mine"})
    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "A job with the id 'mine' waits, runs or has succeeded already."


async def test_an_unknown_job_is_not_found(client: httpx.AsyncClient) -> None:
    for path in ("/api/jobs/nobody", "/api/jobs/", "/api/jobs/nobody?wait=5"):
        response = await client.get(path)
        assert response.status_code == 404, path
        assert response.json()["title"] == "Not Found"


async def test_an_unknown_function_is_refused_while_workers_are_up(
    serve: Serve, queue: Queue, worker_process: StartWorker
) -> None:
    unknown = {"function": "no_such_thing"}
    web = serve("cautious")
    worker_process(SETTINGS)
    await eventually(queue.functions)
    async with httpx.AsyncClient(base_url=web.url, timeout=20) as client:
        for path, body in (("/api/jobs", unknown), ("/api/batches", {"jobs": [unknown]})):
            response = await client.post(path, json=body)
            assert response.status_code == 422
            assert "No worker has a function 'no_such_thing'" in response.json()["detail"]
            assert "create_task" in response.json()["detail"]


@pytest.mark.parametrize("job_id", HOSTILE_IDS)
async def test_ids_of_any_form_and_length_work_throughout(
    client: httpx.AsyncClient, worker_process: StartWorker, job_id: str
) -> None:
    await enqueue(client, "echo", job_id=job_id)
    path = quote(job_id, safe="")
    for address in (f"/api/jobs/{path}", f"/task/{path}", f"/api/jobs/{quote(job_id)}"):
        body = (await client.get(address)).json()
        assert (body.get("job") or body)["job_id"] == job_id
    answer = (await client.post(f"/api/jobs/{path}/abort")).json()
    assert (answer["job_id"], answer["answer"]) == (job_id, "aborted")


async def test_waiting_answers_as_soon_as_the_job_is_done(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    job = await enqueue(client, "sleep", 0.5)
    began = time.monotonic()
    await at_its_end(client, job["job_id"])
    assert 0.2 < time.monotonic() - began < 3


async def test_waiting_ends_when_the_time_is_over_with_the_state_as_it_is(client: httpx.AsyncClient) -> None:
    job = await enqueue(client, "sleep", 1)
    began = time.monotonic()
    response = await client.get(f"/api/jobs/{job['job_id']}", params={"wait": 0.3})
    assert time.monotonic() - began >= 0.3
    assert response.json()["job"]["status"] == "queued"


async def test_waiting_works_for_a_plain_arq_worker_too(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS, kind="arq")
    job = await enqueue(client, "sleep", 0.5)
    done = await at_its_end(client, job["job_id"])
    assert done["outcome"] == "succeeded"


@pytest.mark.parametrize("wait", [-1, 31, "x", "nan"])
async def test_nobody_waits_for_longer_than_half_a_minute(client: httpx.AsyncClient, wait: Any) -> None:
    response = await client.get("/api/jobs/one", params={"wait": wait})
    assert response.status_code == 422
    assert response.json()["detail"].startswith("wait ")


async def test_a_waiting_job_is_aborted_at_once(client: httpx.AsyncClient) -> None:
    job = await enqueue(client, "sleep", 10)
    answer = (await client.post(f"/api/jobs/{job['job_id']}/abort")).json()
    assert (answer["answer"], answer["job"]["outcome"]) == ("aborted", "aborted")
    again = (await client.post(f"/api/jobs/{job['job_id']}/abort")).json()
    assert again["answer"] == "finished"


async def test_a_running_job_is_aborted(client: httpx.AsyncClient, worker_process: StartWorker) -> None:
    worker_process(SETTINGS)
    job = await enqueue(client, "sleep", 10)

    async def running() -> bool:
        return bool((await client.get(f"/task/{job['job_id']}")).json()["status"] == "in_progress")

    await eventually(running)
    answer = (await client.post(f"/api/jobs/{job['job_id']}/abort")).json()
    assert (answer["answer"], answer["job"]["outcome"]) == ("aborted", "aborted")
    assert (await client.get(f"/task/{job['job_id']}")).json()["outcome"] == "aborted"


async def test_an_unknown_job_cannot_be_aborted(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/api/jobs/nobody/abort")).json()
    assert (answer["answer"], answer["job"]["status"]) == ("unknown", "not_found")


async def test_a_job_that_raises_tells_its_error_and_its_traceback(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    job = await enqueue(client, "fail", "no such address")
    done = await at_its_end(client, job["job_id"])
    assert done["outcome"] == "failed"
    assert (done["error"]["type"], done["error"]["message"]) == ("ValueError", "no such address")
    assert "in fail" in done["error"]["traceback"]


async def test_a_job_that_takes_too_long_says_so(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    job = await enqueue(client, "sleep", 60)
    done = await at_its_end(client, job["job_id"])
    assert (done["outcome"], done["error"]["type"]) == ("failed", "TimeoutError")


async def test_a_result_that_cannot_be_stored_says_so(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    job = await enqueue(client, "unserialisable")
    done = await at_its_end(client, job["job_id"])
    assert done["outcome"] == "failed"
    assert "serialize" in done["error"]["message"]


async def test_a_result_of_50_mb_is_named_and_not_sent(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    job = await enqueue(client, "large", 50)
    response = await client.get(f"/api/jobs/{job['job_id']}", params={"wait": 20})
    done = response.json()["job"]
    assert (done["status"], done["outcome"]) == ("complete", "succeeded")
    assert "$truncated" in done["result"]
    assert len(response.content) < 100_000
    task = await client.get(f"/task/{job['job_id']}")
    assert (task.status_code, task.json()["status"]) == (200, "complete")


async def test_progress_is_part_of_a_job_while_it_runs(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    job = await enqueue(client, "steps", 30)

    async def progress() -> Any:
        return (await client.get(f"/api/jobs/{job['job_id']}")).json()["job"]["progress"]

    seen = await eventually(progress)
    assert seen["total"] == 30
    assert seen["message"] == f"step {seen['done']:g}"


async def test_a_batch_is_enqueued_and_looked_up_as_one(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    requests = [{"function": "echo", "args": [i]} for i in range(5)] + [{"function": "fail", "args": ["no"]}]
    response = await client.post("/api/batches", json={"jobs": requests})
    assert response.status_code == 201
    batch = response.json()
    assert (batch["total"], batch["done"], batch["counts"]["queued"]) == (6, 0, 6)
    assert [job["args"] for job in batch["jobs"]] == [request["args"] for request in requests]

    async def done() -> dict[str, Any] | None:
        now: dict[str, Any] = (await client.get(f"/api/batches/{batch['batch_id']}")).json()
        return now if now["done"] == 6 else None

    end = await eventually(done)
    assert (end["counts"]["succeeded"], end["counts"]["failed"]) == (5, 1)
    assert [job["job_id"] for job in end["jobs"]] == [job["job_id"] for job in batch["jobs"]]


async def test_a_fresh_batch_is_told_of_as_it_would_be_looked_up(client: httpx.AsyncClient) -> None:
    requests = [
        {"function": "echo", "args": [1, None, "x", 2.5, [3]], "kwargs": {"a": {"b": True}}},
        {"function": "echo", "defer_by_s": 60},
        {"function": "echo", "defer_until_ms": int(time.time() * 1000) + 60_000, "job_id": "own"},
    ]
    created = (await client.post("/api/batches", json={"jobs": requests})).json()
    looked_up = (await client.get(f"/api/batches/{created['batch_id']}")).json()
    for job in [*created["jobs"], *looked_up["jobs"]]:
        assert job.pop("due_ms") > 0  # by the server's clock when enqueued, to a few ms
    assert created == looked_up


async def test_a_batch_with_an_id_that_is_taken_has_the_job_that_is_there(client: httpx.AsyncClient) -> None:
    await enqueue(client, "echo", "the first", job_id="taken")
    requests = [{"function": "echo", "args": ["the second"], "job_id": "taken"}, {"function": "echo"}]
    response = await client.post("/api/batches", json={"jobs": requests})
    assert response.status_code == 201
    assert [job["args"] for job in response.json()["jobs"]] == [["the first"], []]


async def test_an_unknown_batch_is_not_found(client: httpx.AsyncClient) -> None:
    for path in ("/api/batches/nothing", "/api/batches/"):
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("jobs", "detail"),
    [
        ([], "jobs must have 1 or more items"),
        ([{}], "jobs.0.function is required"),
        ([{"function": "echo"}, {"function": 5}], "jobs.1.function must be a text"),
        ("x", "jobs must be a JSON array"),
    ],
)
async def test_what_is_wrong_in_a_batch_is_named_by_its_place(
    client: httpx.AsyncClient, jobs: Any, detail: str
) -> None:
    response = await client.post("/api/batches", json={"jobs": jobs})
    assert response.status_code == 422
    assert response.json()["detail"] == detail


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"function": ""}, "function"),
        ({"args": {}}, "args must be a JSON array"),
        ({"kwargs": []}, "kwargs must be a JSON object"),
        ({"job_id": ""}, "job_id must have 1 or more characters"),
        ({"job_id": "x" * 20_000}, "job_id"),
        ({"defer_by_s": -1}, "defer_by_s must be 0.0 or more"),
        ({"defer_by_s": 1e300}, "defer_by_s"),
        ({"defer_until_ms": 10**20}, "defer_until_ms"),
        ({"expires_s": 0}, "expires_s"),
        ({"defer_by_s": 1, "defer_until_ms": 1}, "has both defer_by_s and defer_until_ms"),
        ({"delay": 5}, "delay is not known here"),
        ({"queue": ""}, "queue"),
    ],
)
async def test_what_is_wrong_with_a_job_is_named(
    client: httpx.AsyncClient, redis: ArqRedis, fields: dict[str, Any], detail: str
) -> None:
    response = await client.post("/api/jobs", json={"function": "echo", **fields})
    assert response.status_code == 422
    assert detail in response.json()["detail"]
    assert await redis.keys() == []


async def test_arguments_that_cannot_be_stored_are_refused(serve: Serve) -> None:
    web = serve("choosy")
    async with httpx.AsyncClient(base_url=web.url) as client:
        good = {"function": "echo", "args": [1]}
        bad = {"function": "echo", "args": ["x" * 1000]}
        assert (await client.post("/api/jobs", json=good)).status_code == 201
        for path, body in (("/api/jobs", bad), ("/api/batches", {"jobs": [good, bad]})):
            response = await client.post(path, json=body)
            assert response.status_code == 422
            assert "cannot be stored" in response.json()["detail"]
            assert "longer than 1,000 bytes" in response.json()["detail"]


async def test_a_job_enqueued_in_a_path_operation_is_served(
    web: Any, client: httpx.AsyncClient, queue: Queue
) -> None:
    jobs = await asyncio.gather(*(queue.enqueue("echo", i) for i in range(5)))
    for job in jobs:
        assert (await client.get(f"/api/jobs/{job.job_id}")).json()["job"]["function"] == "echo"
