import pytest
from fastapi import HTTPException

from arqlight.web.auth.hosts import Hosts


def answers_to(hosts: Hosts, header: str) -> bool:
    try:
        hosts.check(header)
    except HTTPException as error:
        return error.status_code != 400
    return True


@pytest.mark.parametrize(
    "header",
    [
        "localhost",
        "LOCALHOST:8000",
        "app.localhost:80",
        "127.0.0.1:8000",
        "[::1]:8000",
        "192.168.1.7",
        "10.0.0.1.:80",
    ],
)
def test_names_of_this_machine_and_addresses_are_always_answered_to(header: str) -> None:
    assert answers_to(Hosts(), header)
    assert answers_to(Hosts(["jobs.example.org"]), header)


@pytest.mark.parametrize(
    "header",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "notlocalhost",
        "1.2.3",
        "[evil]",
        "a:b:c",
    ],
)
def test_names_that_anybody_can_have_are_not(header: str) -> None:
    assert not answers_to(Hosts(), header)


def test_names_are_allowed_one_by_one_by_their_domain_or_all() -> None:
    named = Hosts(["Jobs.example.org", "*.internal.example"])
    assert answers_to(named, "jobs.example.org:8443")
    assert answers_to(named, "jobs.example.org.")
    assert answers_to(named, "a.b.internal.example")
    assert not answers_to(named, "internal.example")
    assert not answers_to(named, "x.jobs.example.org")
    assert answers_to(Hosts(["*"]), "evil.example")


def test_what_is_refused_says_what_to_set() -> None:
    with pytest.raises(HTTPException, match=r"'evil\.example'.*`allowed_hosts`.*ARQLIGHT_ALLOWED_HOSTS"):
        Hosts().check("evil.example")


@pytest.mark.parametrize("name", ["", "https://jobs.example.org", "jobs.*.org", "**"])
def test_what_is_no_name_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="is no host name"):
        Hosts([name])


def test_one_name_instead_of_a_list_is_an_error() -> None:
    with pytest.raises(ValueError, match=r'write \["jobs\.example\.org"\]'):
        Hosts("jobs.example.org")
