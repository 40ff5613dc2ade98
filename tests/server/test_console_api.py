"""What the console asks beside lists: figures, failures, functions, queues, workers, and actions."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from arq.connections import ArqRedis

from arqlight import Queue
from tests.helpers import eventually
from tests.processes import StartWorker
from tests.server.conftest import Serve
from tests.server.serving import watching

SETTINGS = "tests.server.work.WorkerSettings"


@pytest_asyncio.fixture
async def client(serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server of its own, which records the history from the test's beginning on."""
    async with httpx.AsyncClient(base_url=serve("recorded").url, timeout=20) as client:
        yield client


async def run(client: httpx.AsyncClient, function: str, *args: Any, **fields: Any) -> str:
    """Enqueue a job, wait for its end, and until the history knows of it."""
    created = await client.post("/api/jobs", json={"function": function, "args": args, **fields})
    assert created.status_code == 201, created.text
    job_id: str = created.json()["job_id"]
    await client.get(f"/api/jobs/{job_id}", params={"wait": 10})

    async def is_known() -> bool:
        jobs = (await client.get("/api/jobs", params={"job_id": job_id})).json()["jobs"]
        return bool(jobs) and jobs[0]["status"] == "complete"

    await eventually(is_known)
    return job_id


async def test_failures_that_belong_together_are_one_group_with_a_traceback(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    for _ in range(3):
        await run(client, "fail", "the other side hung up")
    groups = (await client.get("/api/failures")).json()["failures"]
    group = next(one for one in groups if one["function"] == "fail")
    assert group["count"] >= 3
    assert sum(count for _, count in group["series"]) == group["count"]
    told = (await client.get(f"/api/failures/{group['fingerprint']}")).json()
    assert "the other side hung up" in told["sample"]["error"]["message"]
    assert "work.py" in told["sample"]["traceback"]


async def test_a_group_of_failures_is_counted_over_the_span_that_is_asked_for(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    await run(client, "fail", "the other side hung up")
    group = (await client.get("/api/failures", params={"function": "fail"})).json()["failures"][0]
    path = f"/api/failures/{group['fingerprint']}"
    lately = (await client.get(path, params={"since": group["first_ms"], "step": 60})).json()
    assert lately["step_ms"] == 60_000
    assert sum(count for _, count in lately["failure"]["series"]) == lately["failure"]["count"]
    before = {"since": group["first_ms"] - 7_200_000, "until": group["first_ms"] - 3_600_000, "step": 60}
    earlier = (await client.get(path, params=before)).json()
    assert earlier["failure"]["count"] == lately["failure"]["count"]
    assert earlier["failure"]["series"] == []
    refused = await client.get(path, params={"since": 0, "step": 60})
    assert refused.status_code == 422
    assert "too many" in refused.json()["detail"]


async def test_an_unknown_group_of_failures_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/failures/nothing")).status_code == 404


async def test_figures_over_time_count_what_ended(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    before = await succeeded(client)
    await run(client, "echo")
    assert await succeeded(client) == before + 1


async def succeeded(client: httpx.AsyncClient) -> int:
    stats = (await client.get("/api/stats", params={"step": 60})).json()
    return sum(point["succeeded"] for point in stats["series"])


async def test_a_span_that_cannot_be_cut_is_told(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/stats", params={"step": 90})
    assert response.status_code == 422
    assert "whole minutes" in response.json()["detail"]


async def test_functions_are_those_of_workers_and_those_of_the_history(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    await run(client, "echo")
    functions = {one["name"]: one for one in (await client.get("/api/functions")).json()["functions"]}
    assert functions["echo"]["workers"] == 1
    assert functions["echo"]["calls"] >= 1
    assert functions["sleep"]["parameters"]["type"] == "object"
    told = (await client.get("/api/functions/echo")).json()
    assert told["name"] == "echo"
    assert sum(count for _, count in told["series"]) == told["calls"]
    assert sum(count for _, _, count in told["histogram"]) == told["calls"]
    assert all(since < until for since, until, _ in told["histogram"])
    assert (await client.get("/api/functions/nothing")).status_code == 404


async def test_a_function_tells_what_it_does_and_when_it_is_tried_again(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)

    async def told() -> dict[str, Any] | None:
        answer = await client.get("/api/functions/patient")
        return answer.json() if answer.status_code == 200 else None

    function = await eventually(told)
    assert function["doc"] == "Ask the bank, which is slow at times."
    assert (function["max_tries"], function["timeout_s"]) == (4, 7)
    assert function["retry"] == {"delay_s": 2, "backoff": 3, "max_delay_s": 3600, "on": ["TimeoutError"]}
    plain = (await client.get("/api/functions/echo")).json()
    assert (plain["doc"], plain["max_tries"], plain["timeout_s"], plain["retry"]) == (None, 5, 2, None)


async def test_batches_are_listed_in_pages_with_their_counts(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    ids = []
    for size in (1, 2, 3):
        jobs = [{"function": "echo"}] * (size - 1) + [{"function": "fail", "args": ["one of a batch"]}]
        ids.append((await client.post("/api/batches", json={"jobs": jobs})).json()["batch_id"])

    async def counts() -> bool:
        told = (await client.get("/api/batches")).json()["batches"]
        known = {one["batch_id"]: one["counts"] for one in told}
        return known.get(ids[2]) == {"succeeded": 2, "failed": 1}

    await eventually(counts)
    first = (await client.get("/api/batches", params={"limit": 2})).json()
    assert [one["batch_id"] for one in first["batches"]] == [ids[2], ids[1]]
    youngest = first["batches"][0]
    assert (youngest["function"], youngest["queue"], youngest["total"]) == ("echo", "arq:queue", 3)
    second = (await client.get("/api/batches", params={"limit": 2, "cursor": first["next"]})).json()
    assert ids[0] in [one["batch_id"] for one in second["batches"]]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "cursor=nonsense"])
async def test_a_page_of_batches_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, query: str
) -> None:
    assert (await client.get(f"/api/batches?{query}")).status_code == 422


async def test_a_queue_tells_how_deep_it_is_and_obeys_pause_and_resume(client: httpx.AsyncClient) -> None:
    await client.post("/api/jobs", json={"function": "echo"})
    await client.post("/api/jobs", json={"function": "echo", "defer_by_s": 600})

    async def line() -> dict[str, Any]:
        queues = (await client.get("/api/queues")).json()["queues"]
        found: dict[str, Any] = next(one for one in queues if one["name"] == "arq:queue")
        return found

    now = await line()
    assert (now["depth"], now["deferred"], now["in_progress"], now["served_by"]) == (1, 1, 0, "none")
    assert now["oldest_ms"] is not None
    assert (await client.post("/api/queues/arq:queue/pause")).json()["paused"] is True
    assert (await line())["paused"] is True
    assert (await client.post("/api/queues/arq:queue/resume")).json()["paused"] is False
    assert (await client.post("/api/queues/arq:queue/empty")).json()["removed"] == 2
    assert (await line())["depth"] == 0


async def test_a_queue_whose_worker_has_ended_is_served_by_none(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    async def served_by(expected: str) -> bool:
        queues = (await client.get("/api/queues")).json()["queues"]
        return any(one["name"] == "arq:queue" and one["served_by"] == expected for one in queues)

    worker = worker_process(SETTINGS)
    await run(client, "echo")
    assert await served_by("arqlight")
    worker.stop()
    assert await served_by("none")


@pytest.mark.parametrize("action", ["pause", "resume", "empty"])
async def test_a_queue_that_nothing_tells_of_is_not_found(client: httpx.AsyncClient, action: str) -> None:
    response = await client.post(f"/api/queues/emial/{action}")
    assert response.status_code == 404
    assert response.json()["detail"].startswith("There is no queue 'emial'")


async def test_a_queue_that_was_paused_ahead_of_its_first_job_can_be_resumed(
    client: httpx.AsyncClient, queue: Queue
) -> None:
    await queue.pause("later")
    assert (await client.post("/api/queues/later/resume")).json()["paused"] is False


async def test_workers_that_are_up_are_told_of_and_can_be_drained(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)

    async def up() -> dict[str, Any] | None:
        workers = (await client.get("/api/workers")).json()["workers"]
        return next((one for one in workers if one["state"] in ("up", "draining")), None)

    worker = await eventually(up)
    worker_id = worker["worker_id"]
    assert worker["info"]["functions"]
    assert (await client.post(f"/api/workers/{worker_id}/drain")).json()["answer"] == "draining"

    async def is_draining() -> bool:
        now = await up()
        return now is not None and now["state"] == "draining"

    await eventually(is_draining, timeout=10)
    assert (await client.post(f"/api/workers/{worker_id}/undrain")).json()["answer"] == "undrained"
    assert (await client.post("/api/workers/nobody/drain")).status_code == 404


async def test_a_cron_job_is_told_in_words_and_can_be_run_now_and_switched_off_and_on(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process("tests.server.work.CronSettings")

    async def line() -> dict[str, Any] | None:
        schedules = (await client.get("/api/schedules")).json()["schedules"]
        return next((one for one in schedules if one["name"] == "cron:tidy"), None)

    told = await eventually(line)
    assert (told["words"], told["queue"], told["workers"]) == ("every day at 23:55", "arq:queue", 1)
    begun = (await client.post("/api/schedules/cron:tidy/run-now")).json()
    assert begun["answer"] == "enqueued"
    done = (await client.get(f"/api/jobs/{begun['job_id']}", params={"wait": 10})).json()["job"]
    assert (done["function"], done["outcome"]) == ("cron:tidy", "succeeded")

    async def has_run() -> bool:
        now = await line()
        return now is not None and [run["outcome"] for run in now["runs"]] == ["succeeded"]

    await eventually(has_run)
    off = (await client.post("/api/schedules/cron:tidy/off")).json()
    assert off == {"name": "cron:tidy", "enabled": False, "changed": True}
    now = await line()
    assert now is not None
    assert now["enabled"] is False
    on = (await client.post("/api/schedules/cron:tidy/on")).json()
    assert on == {"name": "cron:tidy", "enabled": True, "changed": True}


@pytest.mark.parametrize("path", ["nothing/run-now", "nothing/run-now?queue=arq:queue", "nothing/off"])
async def test_a_cron_job_that_no_worker_has_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    response = await client.post(f"/api/schedules/{path}")
    assert response.status_code == 404
    assert "that is up has a cron job 'nothing'" in response.json()["detail"]


async def test_each_action_on_a_job_says_what_came_of_it(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    job_id = await run(client, "fail", "once more")
    assert (await client.post(f"/api/jobs/{job_id}/retry")).json()["answer"] == "enqueued"
    await client.get(f"/api/jobs/{job_id}", params={"wait": 10})
    copy = (await client.post(f"/api/jobs/{job_id}/duplicate")).json()
    assert copy["job"]["function"] == "fail"
    assert copy["job_id"] != job_id
    deleted = (await client.delete(f"/api/jobs/{job_id}")).json()
    assert (deleted["answer"], deleted["job"]) == ("deleted", None)
    assert (await client.delete(f"/api/jobs/{job_id}")).json()["answer"] == "unknown"
    put_off = (await client.post("/api/jobs", json={"function": "echo", "defer_by_s": 600})).json()["job_id"]
    assert (await client.post(f"/api/jobs/{put_off}/run-now")).json()["answer"] == "due_now"
    done = (await client.get(f"/api/jobs/{put_off}", params={"wait": 10})).json()["job"]
    assert done["outcome"] == "succeeded"
    assert (await client.post("/api/jobs/nobody/duplicate")).status_code == 404


async def test_what_a_job_logs_is_in_its_history_and_in_its_own_stream(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    async with watching(str(client.base_url), job="one") as stream:
        await client.post("/api/jobs", json={"function": "talk", "job_id": "one", "args": ["ada"]})
        heard = await stream.until(lambda received: received.event == "log")
    assert [line["text"] for line in heard.data["lines"]] == ["writing to ada", "token=[redacted]"]

    async def are_kept() -> list[dict[str, Any]]:
        answer = await client.get("/api/jobs/one/history")
        logs: list[dict[str, Any]] = answer.json()["logs"] if answer.is_success else []
        return logs

    first, second = await eventually(are_kept)
    assert (first["text"], first["level"], first["logger"]) == ("writing to ada", "INFO", "mailer")
    assert (second["text"], second["job_try"]) == ("token=[redacted]", 1)


async def test_the_id_of_a_failed_job_is_free_to_be_asked_for_again(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker_process(SETTINGS)
    await run(client, "fail", "no", job_id="mine")
    asked = {"function": "echo", "args": ["again"], "job_id": "mine", "defer_by_s": 600}
    again = await client.post("/api/jobs", json=asked)
    assert (again.status_code, again.json()["status"]) == (201, "deferred")
    assert (await client.post("/api/jobs/mine/run-now")).json()["answer"] == "due_now"
    done = (await client.get("/api/jobs/mine", params={"wait": 10})).json()["job"]
    assert (done["outcome"], done["result"], done["job_try"]) == ("succeeded", [["again"], {}], 1)
    taken = await client.post("/api/jobs", json=asked)
    assert taken.status_code == 409
    assert taken.json()["detail"] == "A job with the id 'mine' waits, runs or has succeeded already."

    async def earlier() -> list[dict[str, Any]]:
        told = (await client.get("/api/jobs/mine/history")).json()
        assert told["job"]["outcome"] == "succeeded"
        before: list[dict[str, Any]] = told["earlier"]
        return before

    assert [job["outcome"] for job in await eventually(earlier)] == ["failed"]


async def test_jobs_of_a_plain_arq_queue_are_listed_opened_retried_aborted_and_deleted(
    client: httpx.AsyncClient, worker_process: StartWorker, redis: ArqRedis
) -> None:
    worker_process(SETTINGS, kind="arq")
    await redis.enqueue_job("fail", "no such address", _job_id="failing")
    await redis.enqueue_job("echo", "ada", _job_id="fine")
    await redis.enqueue_job("echo", "grace", _job_id="later", _defer_by=600)

    async def are_listed() -> bool:
        jobs = {job["job_id"]: job for job in (await client.get("/api/jobs")).json()["jobs"]}
        assert jobs.keys() == {"failing", "fine", "later"}
        assert jobs["failing"]["outcome"] == "failed"
        assert jobs["fine"]["outcome"] == "succeeded"
        return bool(jobs["later"]["status"] == "deferred")

    await eventually(are_listed, 30)
    opened = (await client.get("/api/jobs/failing")).json()["job"]
    assert (opened["function"], opened["error"]["message"]) == ("fail", "no such address")
    told = (await client.get("/api/jobs/failing/history")).json()["job"]
    assert (told["call"], told["source"]) == ('fail("no such address")', "plain_arq")
    assert (await client.post("/api/jobs/failing/retry")).json()["answer"] == "enqueued"
    done = (await client.get("/api/jobs/failing", params={"wait": 10})).json()["job"]
    assert done["outcome"] == "failed"
    assert (await client.post("/api/jobs/later/abort")).json()["answer"] == "aborted"
    assert (await client.delete("/api/jobs/fine")).json()["answer"] == "deleted"
    assert (await client.get("/api/jobs/fine")).status_code == 404


async def test_many_jobs_are_acted_on_by_a_filter_and_told_of_until_it_is_done(
    client: httpx.AsyncClient, worker_process: StartWorker
) -> None:
    worker = worker_process(SETTINGS)
    ids = {await run(client, "fail", "many") for _ in range(3)}
    worker.stop()
    begun = await client.post("/api/actions", json={"action": "retry", "filter": {"function": ["fail"]}})
    assert begun.status_code == 202
    done = await at_end(client, begun.json()["action_id"])
    assert done["state"] == "done"
    assert done["answers"]["enqueued"] >= 3
    waiting = [(await client.get(f"/api/jobs/{job_id}")).json()["job"]["status"] for job_id in ids]
    assert waiting == ["queued"] * 3


async def at_end(client: httpx.AsyncClient, action_id: str) -> dict[str, Any]:
    async def ended() -> dict[str, Any] | None:
        state: dict[str, Any] = (await client.get(f"/api/actions/{action_id}")).json()
        return state if state["state"] != "running" else None

    return await eventually(ended, timeout=10)


async def test_an_action_on_named_jobs_tells_with_which_it_did_not_go_as_asked(
    client: httpx.AsyncClient,
) -> None:
    job_id = (await client.post("/api/jobs", json={"function": "echo"})).json()["job_id"]
    named = {"action": "delete", "job_ids": [job_id, "nobody"]}
    begun = await client.post("/api/actions", json=named)
    done = await at_end(client, begun.json()["action_id"])
    assert done["answers"] == {"deleted": 1, "unknown": 1}
    assert done["problems"] == [{"job_id": "nobody", "answer": "unknown"}]


async def test_an_action_needs_ids_or_a_filter(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/actions", json={"action": "delete"})
    assert response.status_code == 422
    assert "either job_ids or filter" in response.json()["detail"]
    assert (await client.get("/api/actions/nothing")).status_code == 404


async def test_the_overview_says_first_what_needs_attention(client: httpx.AsyncClient) -> None:
    await client.post("/api/jobs", json={"function": "echo"})
    told = (await client.get("/api/overview")).json()
    assert told["attention"][0]["kind"] == "no_worker"
    assert told["attention"][0]["text"].startswith("No worker serves the queue arq:queue")
    assert told["workers"] == {"up": 0, "slots": 0, "running": 0}
    assert told["recorder"]["state"] == "up"
