import json
import random

import pytest

from arqlight.models import Event
from arqlight.web.live.messages import Message, of_event
from arqlight.web.live.pending import Pending

SOME = 1 << 20


def message(number: int, event: str = "started", job_id: str = "one", data: str = "{}") -> Message:
    return of_event(Event(f"1000-{number}", event, job_id, "arq:queue", data))


@pytest.fixture
def pending() -> Pending:
    return Pending(lambda: "1000-99", most_messages=10)


def ids(messages: list[Message]) -> list[str]:
    return [m.event_id for m in messages]


def test_messages_come_out_in_the_order_of_the_log(pending: Pending) -> None:
    for number in range(5):
        pending.put(message(number))
    assert ids(pending.take(SOME)) == [f"1000-{number}" for number in range(5)]
    assert not pending
    assert pending.size == 0


def test_of_a_jobs_progress_only_the_last_is_kept(pending: Pending) -> None:
    pending.put(message(1, "progress", "one"))
    pending.put(message(2, "progress", "two"))
    pending.put(message(3, "progress", "one"))
    assert ids(pending.take(SOME)) == ["1000-2", "1000-3"]


def test_progress_moves_to_the_end_so_that_resuming_from_it_skips_nothing(pending: Pending) -> None:
    pending.put(message(1, "progress", "one"))
    pending.put(message(2, "succeeded", "two"))
    pending.put(message(3, "progress", "one"))
    assert ids(pending.take(SOME)) == ["1000-2", "1000-3"]


def test_when_there_is_too_much_progress_goes_and_outcomes_stay(pending: Pending) -> None:
    for number in range(4):
        pending.put(message(number, "succeeded", f"done {number}"))
    for number in range(4, 14):
        pending.put(message(number, "progress", f"job {number}"))
    assert ids(pending.take(SOME))[:4] == [f"1000-{number}" for number in range(4)]
    assert len(pending) <= 10


def test_when_even_so_there_is_too_much_a_reset_takes_the_place_of_it_all(pending: Pending) -> None:
    for number in range(11):
        pending.put(message(number, "succeeded", f"job {number}"))
    (reset,) = pending.take(SOME)
    assert (reset.event, reset.event_id) == ("reset", "1000-99")
    assert b'"reason": "too_slow"' in reset.wire


def test_large_messages_count_by_their_size(pending: Pending) -> None:
    pending.most_bytes = 5000
    for number in range(4):
        pending.put(message(number, "succeeded", data=json.dumps({"result": "x" * 2000})))
    assert pending.size <= 5000
    assert pending.take(SOME)[0].event == "reset"


def test_it_is_taken_in_pieces_of_about_the_size_asked_for(pending: Pending) -> None:
    for number in range(6):
        pending.put(message(number, data=json.dumps({"message": "x" * 1000})))
    pieces = []
    while pending:
        pieces.append(ids(pending.take(2500)))
    assert [len(piece) for piece in pieces] == [2, 2, 2]
    assert pending.size == 0


def test_a_message_larger_than_a_piece_is_a_piece(pending: Pending) -> None:
    pending.put(message(1))
    assert len(pending.take(1)) == 1


def test_whatever_is_put_and_taken_no_outcome_is_lost_without_a_reset() -> None:
    chance = random.Random(3)
    for _ in range(200):
        latest = 0
        pending = Pending(lambda: f"1000-{latest}", most_messages=20, most_bytes=4000)  # noqa: B023
        outcomes: set[str] = set()
        for number in range(1, chance.randrange(100)):
            latest = number
            event = chance.choice(["progress", "started", "succeeded"])
            pending.put(message(number, event, chance.choice("abcdef")))
            if event == "succeeded":
                outcomes.add(f"1000-{number}")
            if chance.random() < 0.1:
                _check(pending.take(chance.randrange(2000)), outcomes)
        _check(pending.take(SOME), outcomes)
        assert not outcomes


def _check(messages: list[Message], outcomes: set[str]) -> None:
    numbers = [int(m.event_id.partition("-")[2]) for m in messages]
    assert numbers == sorted(numbers)
    for m, number in zip(messages, numbers, strict=True):
        if m.event == "reset":
            outcomes -= {o for o in outcomes if int(o.partition("-")[2]) <= number}
        outcomes.discard(m.event_id)
