"""Signed links: one job or batch, for a while, to whoever has them, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, Request

from arqlight import JobRequest, Queue
from arqlight.web import batch_url, job_url, mount
from arqlight.web.auth.access import everybody
from arqlight.web.auth.accounts import Accounts
from arqlight.web.auth.door import Access

SITE = "https://shop.example"
NOBODY = Accounts([], [], "x" * 32)


def build(queue: Queue, access: Access) -> FastAPI:
    app = FastAPI()
    app.state.queue = queue
    mount(app, prefix="/jobs", access=access, history="sqlite:///never-opened", record=False)

    @app.get("/link/{kind}/{name}")
    async def link(request: Request, kind: str, name: str, expires: float = 60) -> str:
        return (job_url if kind == "job" else batch_url)(request, name, expires=expires)

    return app


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, client=("testclient", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


@pytest_asyncio.fixture
async def queue(redis_url: str) -> AsyncIterator[Queue]:
    async with Queue.connect(redis_url) as queue:
        yield queue


async def make(queue: Queue) -> tuple[str, list[str]]:
    """A batch of two jobs, and a job beside it."""
    batch = await queue.enqueue_batch([JobRequest("f", job_id="one"), JobRequest("f", job_id="two")])
    await queue.enqueue("f", _job_id="other")
    return batch.batch_id, ["one", "two"]


async def query_of(client: httpx.AsyncClient, path: str) -> str:
    url: str = (await client.get(path)).json()
    return urlsplit(url).query.partition("link=")[2]


@pytest.mark.parametrize("expires", [60, timedelta(hours=1)])
async def test_the_page_by_a_link_may_ask_for_what_the_link_shows(queue: Queue, expires: Any) -> None:
    await make(queue)
    async with client_of(build(queue, NOBODY)) as client:
        seconds = expires.total_seconds() if isinstance(expires, timedelta) else expires
        url = (await client.get(f"/link/job/one?expires={seconds}")).json()
        assert url.startswith("http://testserver/jobs/?job=one&link=")
        assert (await client.get("/jobs/api/jobs/one")).status_code == 401
        page = await client.get(url)
        assert page.status_code == 200
        for attribute in ("HttpOnly", "SameSite=strict", "Path=/jobs/"):
            assert attribute in page.headers["set-cookie"]
        assert (await client.get("/jobs/api/jobs/one")).json()["job"]["job_id"] == "one"
        for hidden in ("jobs/two", "jobs/other", "batches/none"):
            assert (await client.get(f"/jobs/api/{hidden}")).status_code == 404
        assert (await client.get("/jobs/console/jobs")).status_code == 403
        assert (await client.post("/jobs/api/jobs/one/abort")).status_code == 403
        assert (await client.get("/jobs/api/events")).status_code == 403
        assert (await client.get("/jobs/api/events?job=other")).status_code == 403


async def test_a_link_to_a_batch_shows_its_jobs(queue: Queue) -> None:
    batch_id, jobs = await make(queue)
    async with client_of(build(queue, NOBODY)) as client:
        link = await query_of(client, f"/link/batch/{batch_id}")
        batch = await client.get(f"/jobs/api/batches/{batch_id}?link={link}")
        assert [job["job_id"] for job in batch.json()["jobs"]] == jobs
        assert (await client.get(f"/jobs/api/jobs/two?link={link}")).status_code == 200
        assert (await client.get(f"/jobs/api/jobs/other?link={link}")).status_code == 404


@pytest.mark.parametrize("access", [NOBODY, everybody])
async def test_another_sites_page_reads_by_a_link_what_that_shows_and_nothing_else(
    queue: Queue, access: Access
) -> None:
    await make(queue)
    async with client_of(build(queue, access)) as client:
        link = await query_of(client, "/link/job/one")
        origin = {"origin": SITE}
        answer = await client.get(f"/jobs/api/jobs/one?link={link}", headers=origin)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
        assert "access-control-allow-credentials" not in answer.headers
        other = await client.get(f"/jobs/api/jobs/other?link={link}", headers=origin)
        assert other.status_code == 404
        listed = await client.get(f"/jobs/api/queues?link={link}", headers=origin)
        assert listed.status_code == 403
        plain = await client.get("/jobs/api/jobs/one", headers=origin)
        assert "access-control-allow-origin" not in plain.headers
        for bad in ("", "x", link[:5] + ("A" if link[5] != "A" else "B") + link[6:]):
            refused = await client.get(f"/jobs/api/jobs/one?link={bad}", headers=origin)
            assert refused.status_code == 403
            assert refused.headers["access-control-allow-origin"] == "*"


async def test_who_is_let_in_anyway_is_not_read_by_another_site_for_a_link_in_the_address(
    queue: Queue,
) -> None:
    await make(queue)
    async with client_of(build(queue, everybody)) as client:
        link = await query_of(client, "/link/job/one")
        answer = await client.get(f"/jobs/api/jobs/other?link={link}")
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers


async def test_the_elements_are_for_every_site(queue: Queue) -> None:
    async with client_of(build(queue, NOBODY)) as client:
        script = await client.get("/jobs/elements.js", headers={"origin": SITE})
        assert script.headers["access-control-allow-origin"] == "*"
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        assert 'customElements.define("arqlight-job"' in script.text


async def test_a_link_that_cannot_be_meant_is_refused_with_a_sentence(queue: Queue) -> None:
    app = build(queue, NOBODY)
    request = Request({"type": "http", "app": app, "headers": [], "router": app.router})
    with pytest.raises(ValueError, match="good for nothing"):
        job_url(request, "one", expires=0)
    with pytest.raises(ValueError, match="no id of a job"):
        job_url(request, "")
    with pytest.raises(RuntimeError, match="not mounted in this application"):
        job_url(Request({"type": "http", "app": FastAPI(), "headers": []}), "one")
