"""A door in front of routes: what it asks, in which order, and how `access` may be written."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from fastapi.security import APIKeyCookie, OAuth2PasswordBearer
from fastapi.testclient import TestClient
from pydantic import BaseModel

from arqlight.web.auth.access import everybody
from arqlight.web.auth.door import Door, door_of, viewer_of
from arqlight.web.auth.links import Links
from arqlight.web.auth.route import GuardedRoute, behind, needs
from arqlight.web.auth.viewer import Right, Viewer

LINKS = Links("x" * 32)


class Body(BaseModel):
    number: int


router = APIRouter(route_class=GuardedRoute, max_body_size=1000)


@router.get("/own/{name}")
@needs(Right.watch_own)
async def own(name: str, viewer: Annotated[Viewer, Depends(viewer_of)]) -> dict[str, Any]:
    return {"viewer": viewer.name, "jobs": sorted(viewer.jobs)}


@router.post("/change")
@needs(Right.operate)
async def change(body: Body) -> int:
    return body.number


@router.get("/again")
@needs(Right.watch_own)
async def again(request: Request) -> str | None:
    viewer = await door_of(request).ask_again(request)
    return viewer.name if viewer else None


async def by_header(user: Annotated[str, Header(alias="x-user")]) -> Viewer:
    if user == "nobody":
        raise HTTPException(401, "Who are you?")
    return Viewer(user, Right.operate if user == "ops" else Right.watch_own, owner=user)


def client(door: Door, prefix: str = "", **options: Any) -> TestClient:
    app = FastAPI(**options)
    outer = APIRouter()
    outer.include_router(behind(door, router))
    app.include_router(outer, prefix=prefix)
    return TestClient(app)


def test_access_is_a_dependency_and_its_viewer_is_the_routes() -> None:
    asked = client(Door(by_header))
    answer = asked.get("/own/one", headers={"x-user": "ada"})
    assert (answer.status_code, answer.json()) == (200, {"viewer": "ada", "jobs": []})
    assert asked.get("/own/one", headers={"x-user": "nobody"}).status_code == 401
    assert asked.get("/own/one").status_code == 422


def test_a_route_is_for_those_who_have_its_right() -> None:
    asked = client(Door(by_header))
    assert asked.post("/change", json={"number": 7}, headers={"x-user": "ops"}).json() == 7
    refused = asked.post("/change", json={"number": 7}, headers={"x-user": "ada"})
    assert (refused.status_code, "'operate'" in refused.text) == (403, True)


@pytest.mark.parametrize("body", [b"not JSON", b"", b"x" * 2000])
def test_who_may_not_is_told_so_whatever_is_wrong_with_the_body(body: bytes) -> None:
    asked = client(Door(by_header))
    headers = {"x-user": "ada", "content-type": "application/json"}
    assert asked.post("/change", content=body, headers=headers).status_code == 403
    assert asked.post("/change", content=body, headers={**headers, "x-user": "ops"}).status_code in (413, 422)


def test_nothing_of_the_body_is_read_before_the_door_is_passed() -> None:
    read: list[int] = []

    def body() -> Iterator[bytes]:
        for number in range(3):
            read.append(number)
            yield b"x"

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def noted() -> Any:
            message = await receive()
            read.append(len(message.get("body", b"")))
            return message

        await inner(scope, noted, send)

    inner = client(Door(by_header)).app
    with TestClient(app) as asked:
        assert asked.post("/change", content=b"x" * 900, headers={"x-user": "ada"}).status_code == 403
    assert 900 not in read


def test_another_sites_write_is_refused_before_anybody_is_asked_who_it_is() -> None:
    asked: list[str] = []

    async def noting() -> Viewer:
        asked.append("who")
        return Viewer("ops", Right.operate)

    door = Door(noting, trusted_origins=["https://friend.example"])
    headers = {"origin": "https://evil.example"}
    assert client(door).post("/change", content=b"{", headers=headers).status_code == 403
    assert asked == []
    friend = {"origin": "https://friend.example"}
    assert client(door).post("/change", json={"number": 1}, headers=friend).status_code == 200
    assert asked == ["who"]


def test_where_no_credentials_are_asked_for_made_up_names_are_refused() -> None:
    evil = {"host": "evil.example", "x-user": "ada"}
    for door in (Door(everybody), Door(), Door(by_header, allowed_hosts=["jobs.example.org"])):
        assert client(door).get("/own/one", headers=evil).status_code == 400
    assert client(Door(by_header)).get("/own/one", headers=evil).status_code == 200
    named = Door(everybody, allowed_hosts=["jobs.example.org"])
    assert client(named).get("/own/one", headers={"host": "jobs.example.org"}).status_code == 200


def test_access_may_have_dependencies_of_its_own_that_end_after_the_answer() -> None:
    happened: list[str] = []

    async def session() -> AsyncIterator[str]:
        happened.append("opened")
        yield "a session"
        happened.append("closed")

    async def access(session: Annotated[str, Depends(session)]) -> Viewer:
        happened.append(session)
        return Viewer("ada", Right.watch_own)

    assert client(Door(access)).get("/own/one").status_code == 200
    assert happened == ["opened", "a session", "closed"]


def test_access_is_asked_once_for_each_request() -> None:
    asked: list[str] = []

    def access(request: Request) -> Viewer:  # a plain function may be one too
        asked.append(request.url.path)
        return Viewer("ada", Right.watch_own)

    client(Door(access)).get("/own/one")
    assert asked == ["/own/one"]


def test_a_dependency_may_be_overridden_as_in_any_application() -> None:
    app = FastAPI()
    app.include_router(behind(Door(by_header, app=app), router))
    app.dependency_overrides[by_header] = lambda: Viewer("tester", Right.watch_own)
    assert TestClient(app).get("/own/one").json()["viewer"] == "tester"


def test_further_dependencies_are_passed_too() -> None:
    async def closed() -> None:
        raise HTTPException(402, "Pay first.")

    assert client(Door(everybody, dependencies=[Depends(closed)])).get("/own/one").status_code == 402


def test_a_dependency_may_ask_for_what_the_prefix_holds() -> None:
    async def tenants(tenant: str) -> Viewer:
        return Viewer(tenant, Right.watch_own)

    door = Door(tenants, path="/{tenant}/jobs")
    assert client(door, "/{tenant}/jobs").get("/acme/jobs/own/one").json()["viewer"] == "acme"


def test_what_access_returns_has_to_be_a_viewer() -> None:
    async def wrong() -> str:
        return "ada"

    with pytest.raises(TypeError, match=r"must return a Viewer; .*wrong.* returned str"):
        client(Door(wrong)).get("/own/one")


def test_a_route_without_a_right_cannot_be_made() -> None:
    unguarded = APIRouter(route_class=GuardedRoute)
    with pytest.raises(TypeError, match=r"'/open' does not say its right: put @needs"):

        @unguarded.get("/open")
        async def forgotten() -> None: ...


def test_a_route_that_is_behind_no_door_answers_nobody() -> None:
    app = FastAPI()
    app.include_router(router)
    with pytest.raises(RuntimeError, match="has no door"):
        TestClient(app).get("/own/one")


def test_a_route_of_another_class_cannot_be_put_behind_a_door() -> None:
    plain = APIRouter()
    plain.add_api_route("/plain", everybody)
    with pytest.raises(TypeError, match="a route class of ours"):
        behind(Door(), plain)


def test_two_doors_in_front_of_the_same_routes_let_in_different_people() -> None:
    app = FastAPI()
    app.include_router(behind(Door(everybody), router), prefix="/a")
    app.include_router(behind(Door(by_header), router), prefix="/b")
    asked = TestClient(app, headers={"host": "localhost"})
    assert asked.get("/a/own/one").json()["viewer"] == "anybody"
    assert asked.get("/b/own/one", headers={"x-user": "ada"}).json()["viewer"] == "ada"


def test_a_wrong_method_is_still_a_wrong_method() -> None:
    assert client(Door(by_header)).delete("/change", headers={"x-user": "ops"}).status_code == 405


def test_a_link_is_asked_when_access_refuses_and_adds_to_it_when_it_does_not() -> None:
    asked = client(Door(by_header, links=LINKS))
    link = {"link": LINKS.sign("job", "one", 60)}
    assert asked.get("/own/one", params=link).json() == {"viewer": "somebody with a link", "jobs": ["one"]}
    assert asked.get("/own/one", params=link, headers={"x-user": "nobody"}).status_code == 200
    ada = {"x-user": "ada"}
    assert asked.get("/own/one", params=link, headers=ada).json() == {"viewer": "ada", "jobs": ["one"]}
    assert asked.post("/change", params=link, json={"number": 1}).status_code == 403
    assert asked.get("/own/one", params={"link": "wrong"}).status_code == 422


def test_it_can_be_asked_again_while_an_answer_is_under_way() -> None:
    answers = iter([Viewer("ada", Right.watch_own), Viewer("ada", Right.view_all), None])

    async def changing() -> Viewer:
        viewer = next(answers)
        if viewer is None:
            raise HTTPException(401)
        return viewer

    asked = client(Door(changing))
    assert asked.get("/again").json() == "ada"
    answers = iter([Viewer("ada", Right.watch_own), None])
    assert asked.get("/again").json() is None
    answers = iter([Viewer("ada", Right.watch_own), Viewer("ada")])
    assert asked.get("/again").json() is None


def test_openapi_tells_of_the_security_schemes_which_do_not_refuse_a_link() -> None:
    async def access(
        token: Annotated[str, Depends(OAuth2PasswordBearer("/token"))],
        key: Annotated[str | None, Depends(APIKeyCookie(name="key", auto_error=False))],
    ) -> Viewer:
        return Viewer(token, Right.watch_own)

    asked = client(Door(access, links=LINKS))
    own = asked.get("/openapi.json").json()["paths"]["/own/{name}"]["get"]
    assert own["security"] == [
        {"OAuth2PasswordBearer": []},
        {"APIKeyCookie": []},
    ]
    assert asked.get("/own/one").status_code == 401
    assert asked.get("/own/one", headers={"authorization": "Bearer ada"}).json()["viewer"] == "ada"
    assert asked.get("/own/one", params={"link": LINKS.sign("job", "one", 60)}).status_code == 200


@pytest.mark.parametrize(
    ("where", "status"),
    [
        ({"headers": {"host": "testserver"}}, 200),
        ({"client": ("192.168.1.7", 1), "headers": {"host": "testserver"}}, 400),
        ({"client": ("127.0.0.1", 1)}, 200),
        ({"client": ("::1", 1)}, 200),
        ({"client": ("::ffff:127.0.0.1", 1)}, 200),
        ({"client": ("192.168.1.7", 1)}, 403),
        ({"client": ("testclient", 1), "headers": {"x-forwarded-for": "testclient"}}, 403),
        ({"client": ("127.0.0.1", 1), "headers": {"x-forwarded-for": "1.2.3.4"}}, 403),
        ({"client": ("127.0.0.1", 1), "headers": {"x-forwarded-proto": "https"}}, 403),
        ({"client": ("127.0.0.1", 1), "headers": {"via": "1.1 proxy"}}, 403),
        ({"client": ("127.0.0.1", 1), "headers": {"host": "192.168.1.7:8000"}}, 403),
    ],
)
def test_without_access_only_people_on_this_machine_are_let_in(where: dict[str, Any], status: int) -> None:
    app = client(Door()).app
    headers = {"host": "localhost:8000", **where.pop("headers", {})}
    answer = TestClient(app, **where).get("/own/one", headers=headers)
    assert answer.status_code == status
    assert status != 403 or "mount(app, access=...)" in answer.text
