import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Header
from fastapi.testclient import TestClient

from arqlight import Queue
from arqlight.web import QueueDep, Viewer, mount
from arqlight.web.pages.sections import console_pages
from tests.server.conftest import Serve
from tests.server.serving import watching
from tests.server.test_bad_input import assert_problem

ANN = {"X-User": "ann"}


@asynccontextmanager
async def served(web: Any, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=web.url, timeout=20, **options) as client:
        yield client


async def test_everything_is_under_the_prefix(serve: Serve, queue: Queue) -> None:
    web = serve("prefixed")
    async with served(web) as client:
        batch = (await client.post("/jobs/task", json={"count": 2})).json()
        (first, _) = batch["task_ids"]
        for path in (f"task/{first}", f"api/jobs/{first}", f"api/batches/{batch['batch_id']}", ""):
            assert (await client.get(f"/jobs/{path}")).status_code == 200
            assert (await client.get(f"/{path}")).status_code == 404
    async with watching(web.url, "/jobs/api/events", after="0-0") as events:
        assert (await events.next()).data["job_id"] == first


async def test_the_prefix_without_a_slash_leads_to_the_page(serve: Serve) -> None:
    async with served(serve("prefixed")) as client:
        response = await client.get("/jobs")
        assert response.status_code == 307
        assert response.headers["location"].endswith("/jobs/")


async def test_the_applications_dependencies_hold_for_every_route(serve: Serve) -> None:
    async with served(serve("guarded")) as client:
        for method, path in (
            ("POST", "task"),
            ("GET", "task/one"),
            ("POST", "api/jobs"),
            ("GET", "api/jobs/one"),
            ("POST", "api/jobs/one/abort"),
            ("POST", "api/batches"),
            ("GET", "api/batches/one"),
            ("GET", "api/events"),
        ):
            response = await client.request(method, f"/jobs/{path}", json={"count": 1})
            assert_problem(response, 401)
            assert response.headers["www-authenticate"] == "Test"
        assert (await client.get("/jobs/")).status_code == 401
        assert (await client.post("/jobs/task", json={"count": 1}, headers=ANN)).status_code == 201
        assert (await client.get("/jobs/", headers=ANN)).status_code == 200


async def test_the_applications_own_error_pages_stay_for_its_own_routes_and_for_the_page(
    serve: Serve,
) -> None:
    async with served(serve("guarded")) as client:
        for path, status in (("/fails", 418), ("/jobs/", 401)):
            response = await client.get(path)
            assert (response.status_code, response.text) == (status, "the application's own error page")


@pytest.mark.parametrize("path", ["task", "api/jobs", "api/batches", "api/jobs/one/abort"])
async def test_writes_that_another_sites_page_sends_are_refused(serve: Serve, path: str) -> None:
    async with served(serve("guarded"), headers=ANN) as client:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            assert_problem(await client.post(f"/jobs/{path}", json={}, headers=headers), 403)
        friend = {"Sec-Fetch-Site": "cross-site", "Origin": "https://friend.example"}
        assert (await client.post(f"/jobs/{path}", json={}, headers=friend)).status_code in (200, 422)


async def test_reads_by_another_site_are_the_browsers_to_refuse(serve: Serve) -> None:
    async with served(serve("guarded"), headers=ANN) as client:
        response = await client.get("/jobs/task/one", headers={"Sec-Fetch-Site": "cross-site"})
        assert response.status_code == 200
        assert "access-control-allow-origin" not in response.headers


async def test_behind_a_proxy_that_strips_a_prefix_the_pages_addresses_have_it(serve: Serve) -> None:
    async with served(serve("prefixed", "--root-path", "/proxy")) as client:
        page = (await client.get("/jobs/")).text
        assert '"job": "/proxy/jobs/api/jobs/"' in page
        assert 'src="/proxy/jobs/static/' in page
        assert 'href="/proxy/docs"' in page
        assert 'href="/proxy/jobs/"' in page
        script = page.split('<script type="module" src="/proxy')[1].split('"')[0]
        assert (await client.get(script)).headers["content-type"].startswith("text/javascript")


async def test_an_application_mounted_in_another_one_works_with_the_outer_ones_lifespan(
    serve: Serve, queue: Queue
) -> None:
    await queue.enqueue("echo", _job_id="one")
    web = serve("outer")
    async with served(web) as client:
        assert (await client.get("/inner/jobs/api/jobs/one")).json()["job"]["status"] == "queued"
        assert '"job": "/inner/jobs/api/jobs/"' in (await client.get("/inner/jobs/?job=one")).text
        script = await client.get("/inner/jobs/?job=one")
        path = script.text.split('<script type="module" src="')[1].split('"')[0]
        assert (await client.get(path)).headers["content-type"].startswith("text/javascript")
    async with watching(web.url, "/inner/jobs/api/events", after="0-0") as events:
        assert (await events.next()).data["job_id"] == "one"
        web.signal(signal.SIGTERM)
        with pytest.raises(StopAsyncIteration):
            await events.until(lambda _: False)
    web.wait(2)


def test_without_a_queue_in_the_lifespan_it_says_what_to_write() -> None:
    app = FastAPI()
    mount(app)
    with TestClient(app) as client, pytest.raises(RuntimeError, match=r"as app\.state\.queue") as error:
        client.get("/api/jobs/one")
    assert "async def lifespan(app)" in str(error.value)


async def test_without_a_task_page_there_is_no_task_and_the_page_has_no_form(serve: Serve) -> None:
    async with served(serve("impatient")) as client:
        assert (await client.post("/task", json={"count": 1})).status_code == 404
        assert "tasks_form" not in (await client.get("/?batch=one")).text
        assert (await client.get("/api/jobs/one")).status_code == 404
        assert not [path for path in (await client.get("/openapi.json")).json()["paths"] if "task" in path]


def test_where_nothing_is_named_and_no_form_is_there_the_page_leads_to_the_console() -> None:
    app = FastAPI()
    mount(app, prefix="/jobs", access=by_right, history="sqlite:///never-opened", environment="staging")
    asked = TestClient(app, follow_redirects=False, root_path="/shop")
    answer = asked.get("/jobs/", headers={"x-right": "view_all"})
    assert (answer.status_code, answer.headers["location"]) == (307, f"/shop/jobs{console_pages('')[0].path}")
    assert asked.get("/jobs/?job=one", headers={"x-right": "view_all"}).status_code == 200
    assert asked.get("/jobs/", headers={"x-right": "watch_own"}).status_code == 200
    assert ">staging<" in asked.get("/jobs/console/jobs", headers={"x-right": "view_all"}).text


async def by_right(right: Annotated[str, Header(alias="x-right")]) -> Viewer:
    return Viewer("tester", right, owner="tester")


def test_a_path_operation_of_ones_own_gets_the_queue(redis_url: str) -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Queue.connect(redis_url) as app.state.queue:
            yield

    app = FastAPI(lifespan=lifespan)
    mount(app, prefix="/jobs")

    @app.post("/send")
    async def send(queue: QueueDep) -> dict[str, str]:
        job = await queue.enqueue("send_mail", "someone@example.org")
        return {"job_id": job.job_id}

    for _ in range(2):  # a lifespan may come again, in another event loop
        with TestClient(app) as client:
            job_id = client.post("/send").json()["job_id"]
            job = client.get(f"/jobs/api/jobs/{job_id}", params={"wait": 0.1}).json()["job"]
            assert (job["function"], job["status"]) == ("send_mail", "queued")


def test_two_mounts_in_one_application_each_have_their_own_addresses(redis_url: str) -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Queue.connect(redis_url) as app.state.queue:
            yield

    app = FastAPI(lifespan=lifespan)
    mount(app, prefix="/a")
    mount(app, prefix="/b")
    with TestClient(app) as client:
        for prefix in ("/a", "/b"):
            page = client.get(f"{prefix}/").text
            assert f'"events": "{prefix}/api/events"' in page
            assert client.get(f"{prefix}/api/jobs/one").status_code == 404
