"""Pacing: how many jobs to claim, from where, and when next, by a clock of the test's."""

import pytest

from arqlight.scripts import Claimed
from arqlight.worker import pacing as module
from arqlight.worker.clock import ServerClock
from arqlight.worker.pacing import MOST_JOBS, Pacing
from tests.unit.worker_link import NOW_MS, nothing, reply, several


class Time:
    """The monotonic clock, which moves when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The moment."""
        return self.now


class Clock(ServerClock):
    """The server's clock, which shows NOW_MS as the test begins."""

    def __init__(self, time: Time) -> None:
        super().__init__()
        self.time = time

    def now_ms(self) -> float:
        """The server's time."""
        return NOW_MS + (self.time.now - 100.0) * 1000


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(module, "monotonic", made)
    return made


@pytest.fixture
def pacing(time: Time) -> Pacing:
    return Pacing(Clock(time), slots=1000)


def test_a_claim_is_due_at_first_and_after_one_in_vain_not_until_the_wish_to_be_woken_lapses(
    pacing: Pacing, time: Time
) -> None:
    assert pacing.is_due()
    pacing.learn(nothing(), 10)
    assert not pacing.is_due()
    assert pacing.seconds_to_next_claim() == 20
    time.now += 20
    assert pacing.is_due()


def test_a_claim_is_due_when_the_next_job_is(pacing: Pacing, time: Time) -> None:
    pacing.learn(reply(next_due_ms=NOW_MS + 2000), 10)
    assert pacing.seconds_to_next_claim() == pytest.approx(2.0005)
    time.now += 2.001
    assert pacing.is_due()


def test_a_claim_that_yields_all_it_asked_for_makes_another_one_due(pacing: Pacing) -> None:
    pacing.learn(reply(*several(10)), 10)
    assert pacing.backlog
    pacing.learn(reply(*several(9)), 10)
    assert not pacing.backlog


def test_the_first_claim_is_small_and_half_of_many_slots_is_claimed_at_once(pacing: Pacing) -> None:
    assert pacing.limit(1000) == 100
    pacing.learn(reply(*several(100)), 100)
    assert pacing.limit(1000) == MOST_JOBS
    assert pacing.limit(7) == 7
    few = Pacing(ServerClock(), slots=10)
    few.learn(reply(*several(10)), 10)
    assert few.limit(10) == 10


def test_large_records_and_slow_replies_make_it_claim_fewer(pacing: Pacing) -> None:
    pacing.learn(reply(Claimed("job", 1.0, b"x" * 1_000_000, 1)), 100)
    assert pacing.limit(1000) == 3
    pacing.claim_fewer()
    assert pacing.limit(1000) == 1


def test_what_a_slow_line_could_not_carry_is_asked_for_again_little_by_little(pacing: Pacing) -> None:
    large = Claimed("job", 1.0, b"x" * 499_999, 1)
    pacing.learn(reply(large), 100)
    limits = [pacing.limit(1000)]
    pacing.claim_fewer()
    for _ in range(8):
        pacing.learn(reply(large), 1)
        limits.append(pacing.limit(1000))
    assert limits == [8, 2, 2, 3, 3, 4, 6, 7, 8]


def test_many_slow_replies_leave_room_for_many_small_jobs(pacing: Pacing) -> None:
    for _ in range(50):
        pacing.claim_fewer()
    assert pacing.limit(1000) == 1
    pacing.learn(reply(*several(1)), 1)
    assert pacing.limit(1000) == MOST_JOBS


def test_it_goes_on_at_the_floor_and_begins_at_the_head_again_after_a_second(
    pacing: Pacing, time: Time
) -> None:
    pacing.learn(reply(floor="5 3"), 10)
    assert pacing.floor == "5 3"
    time.now += 1.1
    # It gave up amid other workers' jobs: the next claim goes on from there.
    pacing.learn(reply(floor="9 1", next_due_ms=NOW_MS), 10)
    assert pacing.floor == "9 1"
    pacing.learn(reply(floor="9 1"), 10)
    assert pacing.floor == "-inf 0"
