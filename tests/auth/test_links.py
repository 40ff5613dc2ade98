import pytest
from starlette.requests import Request

from arqlight.web.auth.links import MOST_KEPT, Links
from arqlight.web.auth.viewer import Right, Viewer


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def request(query: str = "", cookie: str = "") -> Request:
    headers = [(b"cookie", f"arqlight_link={cookie}".encode())] if cookie else []
    return Request(
        {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": query.encode()}
    )


def test_a_link_shows_its_job_or_batch_to_who_has_nothing_else() -> None:
    links = Links("x" * 32)
    job, batch = links.sign("job", "one", 60), links.sign("batch", "b", 60)
    assert links.shown_to(None, request(f"link={job}")) == Viewer("somebody with a link", jobs=["one"])
    both = links.shown_to(None, request(f"link={job}", cookie=batch))
    assert both == Viewer("somebody with a link", jobs=["one"], batches=["b"])


def test_a_link_adds_to_what_one_may_see_already() -> None:
    links = Links("x" * 32)
    ada = Viewer("ada", Right.watch_own, owner="ada")
    seen = links.shown_to(ada, request(f"link={links.sign('job', 'one', 60)}"))
    assert seen == Viewer("ada", Right.watch_own, owner="ada", jobs=["one"])
    assert links.shown_to(ada, request()) is ada


@pytest.mark.parametrize("what", ["expired", "changed", "other secret", "session", "nonsense", "empty"])
def test_a_link_that_is_not_good_shows_nothing(what: str) -> None:
    clock = Clock()
    links = Links("x" * 32, clock=clock)
    token = links.sign("job", "one", 60)
    clock.now += 61 if what == "expired" else 0
    token = {
        "changed": token[:3] + ("A" if token[3] != "A" else "B") + token[4:],
        "other secret": Links("y" * 32, clock=clock).sign("job", "one", 60),
        "session": "WyJqb2IiLCJvbmUiLDk5OTk5OTk5OTld.sig",
        "nonsense": "%00%ff~~..",
        "empty": "",
    }.get(what, token)
    assert links.shown_to(None, request(f"link={token}")) is None
    assert links.cookie(request(f"link={token}")) is None


def test_a_browser_keeps_the_links_it_opened_last() -> None:
    links = Links("x" * 32)
    kept = ""
    for number in range(MOST_KEPT + 3):
        kept = links.cookie(request(f"link={links.sign('job', str(number), 60)}", cookie=kept)) or ""
    viewer = links.shown_to(None, request(cookie=kept))
    assert viewer is not None
    assert viewer.jobs == {str(number) for number in range(3, MOST_KEPT + 3)}
