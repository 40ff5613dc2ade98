"""No answer and no stream tells a secret that has its name beside it."""

import json
from typing import Any

import httpx
import pytest

from arqlight import Queue
from tests.helpers import eventually
from tests.processes import StartWorker
from tests.server.conftest import Serve
from tests.server.serving import watching

SETTINGS = "tests.server.work.WorkerSettings"
SECRET = "hunter2"  # noqa: S105  no real one
HIDDEN = "[redacted]"


@pytest.fixture(autouse=True)
async def workers(worker_process: StartWorker, queue: Queue) -> None:
    worker_process(SETTINGS)
    await eventually(queue.functions)


async def run(client: httpx.AsyncClient, function: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    body = {"function": function, "args": args, "kwargs": kwargs, "job_id": "one"}
    created = await client.post("/api/jobs", json=body)
    assert created.status_code == 201
    assert SECRET not in created.text
    job: dict[str, Any] = (await client.get("/api/jobs/one", params={"wait": 10})).json()["job"]
    return job


async def test_arguments_and_the_result_of_a_job_are_shown_without_their_secrets(
    client: httpx.AsyncClient,
) -> None:
    job = await run(client, "echo", {"password": SECRET, "name": "ada"}, api_key=SECRET)
    assert job["args"] == [{"password": HIDDEN, "name": "ada"}]
    assert job["kwargs"] == {"api_key": HIDDEN}
    assert job["result"] == [[{"password": HIDDEN, "name": "ada"}], {"api_key": HIDDEN}]
    values = (await client.get("/api/jobs/one/values")).json()
    assert {name: values[name] for name in ("args", "kwargs", "result")} == {
        name: job[name] for name in ("args", "kwargs", "result")
    }


async def test_a_secret_that_only_the_functions_parameter_names_is_hidden(client: httpx.AsyncClient) -> None:
    job = await run(client, "log_in", "ada", SECRET)
    assert job["args"] == ["ada", HIDDEN]
    for path in ("duplicate", "retry", "abort"):
        answer = await client.post(f"/api/jobs/one/{path}")
        assert answer.json()["answer"]
        assert SECRET not in answer.text


async def test_an_errors_message_and_traceback_are_shown_without_secrets(client: httpx.AsyncClient) -> None:
    job = await run(client, "refuse", "ada")
    assert job["error"]["message"] == f"no access with password={HIDDEN} for ada"
    assert SECRET not in job["error"]["traceback"]
    assert SECRET not in (await client.get("/task/one")).text


async def test_a_batch_and_its_events_tell_no_secret(web: Any, client: httpx.AsyncClient) -> None:
    jobs = [
        {"function": "echo", "kwargs": {"token": SECRET}},
        {"function": "refuse", "args": ["ada"]},
    ]
    batch = await client.post("/api/batches", json={"jobs": jobs})
    assert SECRET not in batch.text
    batch_id, ids = batch.json()["batch_id"], [job["job_id"] for job in batch.json()["jobs"]]
    async with watching(web.url, batch=batch_id, after=batch.json()["event_id"]) as events:
        await events.until_all_done(ids)
    told = json.dumps([received.data for received in events.seen])
    assert SECRET not in told
    assert told.count(HIDDEN) == 2
    assert SECRET not in (await client.get(f"/api/batches/{batch_id}")).text


async def test_the_environment_says_what_is_hidden(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARQLIGHT_REDACT", "iban")
    async with httpx.AsyncClient(base_url=serve("tutorial").url, timeout=20) as client:
        body = {"function": "echo", "kwargs": {"iban": SECRET, "password": "shown"}, "job_id": "one"}
        job = (await client.post("/api/jobs", json=body)).json()
    assert job["kwargs"] == {"iban": HIDDEN, "password": "shown"}
