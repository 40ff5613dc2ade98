import pytest
from fastapi import HTTPException

from arqlight.models import Job, JobStatus
from arqlight.web.auth import policy
from arqlight.web.auth.viewer import Right, Viewer


def job(job_id: str = "one", *, owner: str | None = None, batch_id: str | None = None) -> Job:
    return Job(job_id=job_id, status=JobStatus.queued, owner=owner, batch_id=batch_id)


@pytest.mark.parametrize(
    ("given", "has"),
    [
        ((), []),
        ("watch_own", ["watch_own"]),
        (Right.view_all, ["watch_own", "view_all"]),
        (["operate", "watch_own"], ["watch_own", "view_all", "operate"]),
        ({"administer"}, ["watch_own", "view_all", "operate", "administer"]),
    ],
)
def test_a_right_contains_those_before_it(given: object, has: list[str]) -> None:
    viewer = Viewer("ada", given)  # type: ignore[arg-type]
    assert [right.value for right in Right if viewer.may(right)] == has


def test_a_right_that_there_is_not_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no right 'admin'.*watch_own, view_all, operate, administer"):
        Viewer("ada", "admin")


def test_who_lacks_a_right_is_told_which_one() -> None:
    policy.check(Viewer("ada", Right.operate), Right.view_all)
    with pytest.raises(
        HTTPException, match=r"ada may not change anything: it takes the right 'operate'"
    ) as error:
        policy.check(Viewer("ada", Right.view_all), Right.operate)
    assert error.value.status_code == 403


def test_who_watches_their_own_sees_those_and_no_others() -> None:
    ada = Viewer("ada", Right.watch_own, owner="ada")
    assert policy.may_see(ada, job(owner="ada"))
    assert not policy.may_see(ada, job(owner="eve"))
    assert not policy.may_see(ada, job())


def test_a_batch_is_seen_by_those_who_may_see_all_of_it_that_is_left() -> None:
    ada = Viewer("ada", Right.watch_own, owner="ada")
    gone = Job(job_id="gone", status=JobStatus.not_found)
    assert policy.may_see_all(ada, [job("a", owner="ada"), gone])
    assert not policy.may_see_all(ada, [job("a", owner="ada"), job("b", owner="eve")])
    assert not policy.may_see_all(ada, [gone])
    assert policy.may_see_all(Viewer("auditor", Right.view_all), [gone])


def test_a_list_has_the_jobs_of_one_owner_for_who_may_watch_their_own() -> None:
    assert policy.only_owner(Viewer("ada", Right.watch_own, owner="ada")) == "ada"
    assert policy.only_owner(Viewer("auditor", Right.view_all, owner="ada")) is None
    with pytest.raises(HTTPException, match="may not see everybody's jobs"):
        policy.only_owner(Viewer("somebody with a link", jobs=["one"]))


def test_without_an_owner_no_job_is_ones_own_not_even_one_without_an_owner() -> None:
    assert not policy.may_see(Viewer("somebody", Right.watch_own), job())


def test_who_may_view_all_sees_every_job() -> None:
    assert policy.may_see(Viewer("auditor", Right.view_all), job(owner="ada"))


def test_a_link_shows_its_job_or_the_jobs_of_its_batch_and_nothing_else() -> None:
    linked = Viewer("link", jobs=["one"], batches=["b"])
    assert policy.may_see(linked, job("one"))
    assert policy.may_see(linked, job("two", batch_id="b"))
    assert not policy.may_see(linked, job("two", batch_id="c"))
    policy.check(linked, Right.watch_own)
    for right in (Right.view_all, Right.operate, Right.administer):
        with pytest.raises(HTTPException):
            policy.check(linked, right)


def test_the_pages_task_is_started_by_operators_and_by_those_whose_it_then_is() -> None:
    policy.check_start(Viewer("ops", Right.operate))
    policy.check_start(Viewer("ada", Right.watch_own, owner="ada"))
    for viewer in (Viewer("auditor", Right.view_all), Viewer("link", jobs=["one"]), Viewer("no", owner="no")):
        with pytest.raises(HTTPException):
            policy.check_start(viewer)
