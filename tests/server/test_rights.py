"""Each route with each right: made from the application's own routes, so that none is forgotten."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Header, HTTPException
from fastapi.routing import RouteContext, iter_route_contexts
from fastapi.testclient import TestClient
from httpx2 import Response

from arqlight import JobRequest, Queue
from arqlight.history import History
from arqlight.web import Right, TaskPage, Viewer, mount
from arqlight.web.auth.route import GuardedRoute
from tests.helpers import wait_until
from tests.history.rows import fill, make_rows
from tests.processes import StartWorker

# What everybody may have: the front end's files, and what FastAPI itself tells of the API.
FOR_ALL = {
    "/jobs/static/{digest}/{path:path}",
    "/jobs/elements.js",
    "/jobs/healthz",
    "/jobs/readyz",
    "/jobs/favicon.ico",
    "/openapi.json",
}
NOBODY = "none"


async def by_headers(
    right: Annotated[str | None, Header(alias="x-right")] = None,
    owner: Annotated[str | None, Header(alias="x-owner")] = None,
) -> Viewer:
    if right is None:
        raise HTTPException(401, "Say your right.")
    return Viewer(owner or "tester", [] if right == NOBODY else right, owner=owner)


def build(redis_url: str, history: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Queue.connect(redis_url) as app.state.queue:
            yield

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None)
    page = TaskPage("create_task", lambda: [0.1])
    mount(app, prefix="/jobs", access=by_headers, page=page, history=history, record=False, functions="any")
    return app


ROUTES = {str(route.name): route for route in iter_route_contexts(build("", "sqlite:///never-opened").routes)}
GUARDED = {name: route for name, route in ROUTES.items() if isinstance(route.original_route, GuardedRoute)}
METHODS = [(name, method) for name, route in GUARDED.items() for method in sorted(route.methods or ())]


def right_of(route: RouteContext) -> Right:
    guarded: Any = route.original_route
    right: Right = guarded.right
    return right


@pytest.fixture
def history(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/history.db"


@pytest.fixture
def client(redis_url: str, history: str) -> Iterator[TestClient]:
    with TestClient(build(redis_url, history)) as asked:
        yield asked


def address(route: RouteContext) -> str:
    path = str(route.path)
    for part in ("job_id", "batch_id"):
        path = path.replace(f"{{{part}:path}}", "some-id")
    # Where a stream would begin that never ends, this is refused, once one may have it.
    return path.replace("{", "").replace("}", "") + (
        "?after=no-id" if route.name == "arqlight:events" else ""
    )


def test_every_route_is_guarded_but_those_that_are_for_all() -> None:
    unguarded = {str(route.path) for name, route in ROUTES.items() if name not in GUARDED}
    assert unguarded == FOR_ALL
    assert len(GUARDED) >= 10


@pytest.mark.parametrize("right", [NOBODY, *Right])
@pytest.mark.parametrize(("name", "method"), METHODS)
def test_a_route_is_answered_to_those_who_have_its_right_and_to_nobody_else(
    client: TestClient, name: str, method: str, right: str
) -> None:
    needed = right_of(GUARDED[name])
    headers = {"x-right": right, "x-owner": "ada"}
    answer = client.request(method, address(GUARDED[name]), headers=headers, content=b"not JSON")
    if Viewer("", [] if right == NOBODY else right).may(needed):
        assert answer.status_code not in (401, 403)
    elif method == "HEAD" or ":page:" in name:
        assert answer.status_code == 403
    else:
        assert (answer.status_code, answer.json()["status"]) == (403, 403)
        assert f"'{needed}'" in answer.json()["detail"]


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_who_says_nothing_of_who_they_are_is_asked_for_it_before_the_body_is_read(
    client: TestClient, name: str, method: str
) -> None:
    answer = client.request(method, address(GUARDED[name]), content=b"x" * 2_000_000)
    assert answer.status_code == 401


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_a_name_that_the_server_does_not_have_is_refused_where_it_names_its_own(
    client: TestClient, name: str, method: str
) -> None:
    named = FastAPI()
    mount(
        named, prefix="/jobs", access="open", page=TaskPage("create_task"), history="sqlite:///never-opened"
    )
    answer = TestClient(named).request(method, address(GUARDED[name]), headers={"host": "evil.example"})
    assert answer.status_code == 400


# -- what somebody sees who may watch their own only

Ask = Callable[[TestClient, dict[str, str], str, str], Response]


def get(path: str) -> Ask:
    def ask(client: TestClient, headers: dict[str, str], job_id: str, batch_id: str) -> Response:
        return client.get(path.format(job=job_id, batch=batch_id), headers=headers)

    return ask


# For each route of `Right.watch_own`: how its own is asked for, and what another one gets.
OWN: dict[str, tuple[list[Ask], int]] = {
    "arqlight:job": ([get("/jobs/api/jobs/{job}"), get("/jobs/api/jobs/{job}?wait=0.01")], 404),
    "arqlight:batch": ([get("/jobs/api/batches/{batch}")], 404),
    "arqlight:jobs": ([get("/jobs/api/jobs"), get("/jobs/api/jobs?q=create")], 200),
    "arqlight:counts": ([get("/jobs/api/counts")], 200),
    "arqlight:export": ([get("/jobs/api/export?format=csv"), get("/jobs/api/export?format=jsonl")], 200),
    "arqlight:job_history": ([get("/jobs/api/jobs/{job}/history")], 404),
    "arqlight:job_values": ([get("/jobs/api/jobs/{job}/values")], 404),
    "arqlight:task": ([get("/jobs/task/{job}")], 200),
    "arqlight:events": (
        [
            # A stream that one may have never ends: see the test below.
            get("/jobs/api/events"),
            get("/jobs/api/events?queue=arq:queue"),
            get("/jobs/api/events?job={job}&queue=arq:queue"),
            get("/jobs/api/events?job={job}"),
            get("/jobs/api/events?batch={batch}"),
            get("/jobs/api/events?batch={batch}&batch=unknown"),
        ],
        403,
    ),
}
# These show nobody's jobs.
SHOW_NOTHING = {"arqlight:create_tasks", "arqlight:page:task"}


def headers_of(owner: str) -> dict[str, str]:
    return {"x-right": "watch_own", "x-owner": owner}


def test_every_route_of_ones_own_is_tried_with_anothers() -> None:
    own = {name for name, route in GUARDED.items() if right_of(route) == Right.watch_own}
    assert own == OWN.keys() | SHOW_NOTHING


@pytest.fixture
async def adas(redis_url: str, history: str) -> tuple[str, str]:
    """The ids of a job of ada's, and of its batch; in Redis and in the history."""
    async with Queue.connect(redis_url) as queue:
        ref = await queue.enqueue_batch([JobRequest("create_task", (1,), owner="ada")])
    job_id = str(ref.job_ids[0])
    facts = {"job_id": job_id, "function": "create_task", "call": "create_task(1)", "owner": "ada"}
    rows = [{**make_rows(1)[0], **facts}]
    async with await History.open(history) as opened:
        await opened.database.write(lambda connection: fill(connection, rows))
    return job_id, ref.batch_id


@pytest.mark.parametrize("name", OWN)
def test_anothers_job_is_not_there_to_who_watches_their_own(
    client: TestClient, name: str, adas: tuple[str, str]
) -> None:
    asks, status = OWN[name]
    for ask in asks:
        answer = ask(client, headers_of("eve"), *adas)
        assert answer.status_code == status
        unowned = ask(client, {"x-right": "watch_own"}, *adas)
        assert unowned.status_code in (status, 403)
        assert not shown_in(answer)
        assert not shown_in(unowned)
        if name != "arqlight:events":
            assert shown_in(ask(client, headers_of("ada"), *adas))


def shown_in(answer: Response) -> bool:
    """Whether an answer tells of the job: by its function or its arguments, or because it counts it."""
    told = r'create_task|"args":\[1|"counts":\{[^}]*:[1-9]'
    return re.search(told, answer.text) is not None


def test_anothers_job_looks_as_one_that_never_was(client: TestClient, adas: tuple[str, str]) -> None:
    anothers = client.get(f"/jobs/api/jobs/{adas[0]}", headers=headers_of("eve")).text
    never = client.get("/jobs/api/jobs/never-was", headers=headers_of("eve")).text
    assert anothers.replace(adas[0], "ID") == never.replace("never-was", "ID")


def test_the_pages_task_is_its_starters(client: TestClient) -> None:
    started = client.post("/jobs/task", json={"count": 2}, headers=headers_of("ada"))
    assert started.status_code == 201
    assert [job["owner"] for job in started.json()["jobs"]] == ["ada", "ada"]
    path = f"/jobs/api/batches/{started.json()['batch_id']}"
    assert client.get(path, headers=headers_of("ada")).json()["total"] == 2
    assert client.get(path, headers=headers_of("eve")).status_code == 404
    assert client.post("/jobs/task", json={"count": 2}, headers={"x-right": "view_all"}).status_code == 403


def test_what_an_operator_with_an_owner_enqueues_is_theirs(client: TestClient) -> None:
    headers = {"x-right": "operate", "x-owner": "ops"}
    assert client.post("/jobs/api/jobs", json={"function": "f"}, headers=headers).json()["owner"] == "ops"
    batch = client.post("/jobs/api/batches", json={"jobs": [{"function": "f"}]}, headers=headers).json()
    assert [job["owner"] for job in batch["jobs"]] == ["ops"]


# -- the audit log

# For each route that changes something: what is sent, and the line that it leaves. In this order.
WRITES: dict[str, tuple[str, str, Any, str]] = {
    "arqlight:enqueue": ("POST", "/api/jobs", {"function": "echo", "job_id": "one"}, "enqueue"),
    "arqlight:enqueue_batch": ("POST", "/api/batches", {"jobs": [{"function": "echo"}]}, "enqueue_batch"),
    "arqlight:create_tasks": ("POST", "/task", {"count": 1}, "start_tasks"),
    "arqlight:duplicate": ("POST", "/api/jobs/one/duplicate", None, "duplicate"),
    "arqlight:run_now": ("POST", "/api/jobs/one/run-now", None, "run_now"),
    "arqlight:retry": ("POST", "/api/jobs/one/retry", None, "retry"),
    "arqlight:abort": ("POST", "/api/jobs/one/abort", None, "abort"),
    "arqlight:delete": ("DELETE", "/api/jobs/one", None, "delete"),
    "arqlight:begin_action": ("POST", "/api/actions", {"action": "delete", "job_ids": ["one"]}, "delete"),
    "arqlight:stop_action": ("DELETE", "/api/actions/{action_id}", None, "stop_action"),
    "arqlight:pause": ("POST", "/api/queues/arq:queue/pause", None, "pause"),
    "arqlight:resume": ("POST", "/api/queues/arq:queue/resume", None, "resume"),
    "arqlight:empty": ("POST", "/api/queues/arq:queue/empty", None, "empty"),
    "arqlight:drain": ("POST", "/api/workers/{worker_id}/drain", None, "drain"),
    "arqlight:undrain": ("POST", "/api/workers/{worker_id}/undrain", None, "undrain"),
    "arqlight:run_schedule": ("POST", "/api/schedules/cron:tidy/run-now", None, "run_schedule"),
    "arqlight:schedule_off": ("POST", "/api/schedules/cron:tidy/off", None, "schedule_off"),
    "arqlight:schedule_on": ("POST", "/api/schedules/cron:tidy/on", None, "schedule_on"),
}
ADMIN = {"x-right": "administer", "x-owner": "root"}


def test_every_route_that_changes_something_is_in_the_audit_log(
    client: TestClient, worker_process: StartWorker
) -> None:
    writing = {name for name, route in GUARDED.items() if not {"GET", "HEAD"} >= set(route.methods or ())}
    assert writing == WRITES.keys()
    worker_process("tests.server.work.CronSettings")
    ids = {"worker_id": wait_until(lambda: id_of_the_worker(client), 20), "action_id": ""}
    for method, path, body, action in WRITES.values():
        answer = client.request(method, f"/jobs{path.format(**ids)}", json=body, headers=ADMIN)
        assert answer.is_success, answer.text
        ids["action_id"] = answer.json().get("action_id") or ids["action_id"]
        line = client.get("/jobs/api/audit?limit=1", headers=ADMIN).json()["lines"][0]
        assert (line["action"], line["viewer"], line["address"]) == (action, "root", "testclient")
        assert line["total"] == len(line["targets"]) == (2 if action == "duplicate" else 1)


def id_of_the_worker(client: TestClient) -> str | None:
    workers = client.get("/jobs/api/workers", headers=ADMIN).json()["workers"]
    return workers[0]["worker_id"] if workers else None


def test_the_audit_log_is_read_by_pages_the_newest_first(client: TestClient) -> None:
    for number in range(5):
        client.post("/jobs/api/jobs", json={"function": "f", "job_id": str(number)}, headers=ADMIN)
    seen: list[str] = []
    following: str | None = ""
    while following is not None:
        query = f"&cursor={following}" if following else ""
        page = client.get(f"/jobs/api/audit?limit=2{query}", headers=ADMIN).json()
        seen += [target for line in page["lines"] for target in line["targets"]]
        following = page["next"]
    assert seen == ["4", "3", "2", "1", "0"]
    assert client.get("/jobs/api/audit?cursor=WyJuZXdlc3QiLCJ4Il0", headers=ADMIN).status_code == 422


async def test_what_others_wrote_into_the_audit_log_does_no_harm(client: TestClient, redis: Any) -> None:
    await redis.xadd("arqlight:audit", {"viewer": b"\xff", "targets": b"[" * 9000, "total": b"9" * 99})
    await redis.xadd("arqlight:audit", {"x": "y"})
    await redis.xadd("arqlight:audit", {"targets": json.dumps([1, "x" * 9000, None]), "action": "a" * 9000})
    answer = client.get("/jobs/api/audit", headers=ADMIN)
    assert answer.status_code == 200
    assert [len(line["targets"]) for line in answer.json()["lines"]] == [1, 0, 0]
    assert len(answer.content) < 3000
