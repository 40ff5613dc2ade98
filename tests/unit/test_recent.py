import pytest

from arqlight.models import Event
from arqlight.web.live.recent import Recent


def event(number: int) -> Event:
    return Event(f"1000-{number}", "started", "one", "arq:queue", "{}")


@pytest.fixture
def recent() -> Recent:
    recent = Recent(most_events=3)
    recent.begin("1000-0")
    return recent


def later(recent: Recent, number: int) -> list[str] | None:
    found = recent.later_than(f"1000-{number}")
    return None if found is None else [r.event.id for r in found]


def test_it_begins_with_nothing_after_its_start(recent: Recent) -> None:
    assert later(recent, 0) == []


def test_it_knows_what_came_after_each_event_that_it_remembers(recent: Recent) -> None:
    for number in (1, 2, 3):
        recent.add(event(number))
    assert later(recent, 0) == ["1000-1", "1000-2", "1000-3"]
    assert later(recent, 2) == ["1000-3"]
    assert later(recent, 3) == []


def test_it_remembers_the_last_ones_and_says_when_it_does_not_know(recent: Recent) -> None:
    for number in range(1, 6):
        recent.add(event(number))
    assert later(recent, 2) == ["1000-3", "1000-4", "1000-5"]
    assert later(recent, 1) is None


def test_an_id_that_it_never_had_is_unknown_even_between_those_it_has(recent: Recent) -> None:
    recent.add(event(1))
    recent.add(event(3))
    assert later(recent, 2) is None
    assert later(recent, 4) is None


def test_what_it_begins_with_is_remembered_too() -> None:
    recent = Recent(most_events=3)
    recent.begin("1000-2", [event(1), event(2)])
    assert later(recent, 1) == ["1000-2"]
    assert later(recent, 2) == []
    assert later(recent, 0) is None


def test_a_message_is_encoded_once(recent: Recent) -> None:
    remembered = recent.add(event(1))
    assert remembered.message() is remembered.message()
