"""The worker's idea of the server's time. Both clocks are made up."""

import pytest

from arqlight.worker import clock
from arqlight.worker.clock import ServerClock


class Machine:
    """A machine whose clocks stand still until the test moves them on."""

    monotonic_s = 100.0
    # This machine's wall clock less its monotonic clock, and the server's.
    ahead_s = server_ahead_s = 1_700_000_000.0

    def server_ms(self) -> int:
        return int((self.monotonic_s + self.server_ahead_s) * 1000)

    def ask(self, server: ServerClock, there_s: float, back_s: float, waited_s: float = 0.0) -> float:
        """Ask the server for its time, with a reply that takes its time; gives what `learn` gives."""
        asked_at = self.monotonic_s
        self.monotonic_s += there_s
        server_ms = self.server_ms()
        self.monotonic_s += back_s
        return server.learn(server_ms, asked_at, waited_s)

    def error_ms(self, server: ServerClock) -> float:
        return server.now_ms() - (self.monotonic_s + self.server_ahead_s) * 1000


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(clock, "monotonic", lambda: machine.monotonic_s)
    monkeypatch.setattr(clock, "time", lambda: machine.monotonic_s + machine.ahead_s)
    return machine


def test_a_late_reply_does_not_set_the_clock_back(machine: Machine) -> None:
    server = ServerClock()
    for back_s in (0.05, 0.001, 2.0):
        machine.ask(server, 0.001, back_s)
        assert abs(machine.error_ms(server)) < 0.01


@pytest.mark.parametrize("off_s", [-300.0, 300.0])
def test_a_server_whose_clock_is_minutes_off_is_followed(machine: Machine, off_s: float) -> None:
    machine.server_ahead_s += off_s
    server = ServerClock()
    assert abs(machine.error_ms(server)) == pytest.approx(300_000)
    machine.ask(server, 0.002, 0.003)
    assert abs(machine.error_ms(server)) <= 5.01
    machine.server_ahead_s -= off_s
    machine.ask(server, 0.002, 0.003)
    assert abs(machine.error_ms(server)) <= 5.01


def test_each_reply_narrows_what_is_known(machine: Machine) -> None:
    machine.server_ahead_s += 300
    server = ServerClock()
    machine.ask(server, 0.5, 0.5)
    machine.ask(server, 0.0001, 0.0001)
    assert abs(machine.error_ms(server)) <= 1.21
    machine.ask(server, 0.5, 0.5)
    assert abs(machine.error_ms(server)) <= 1.21


def test_a_question_that_waits_is_answered_when_the_clock_says(machine: Machine) -> None:
    server = ServerClock()
    asked_at = machine.monotonic_s
    assert machine.ask(server, 0.001, 0.001) == asked_at
    asked_at = machine.monotonic_s
    looked_at = machine.ask(server, 4.0, 0.5, waited_s=5.0)
    assert looked_at == pytest.approx(asked_at + 4, abs=0.003)
    assert looked_at <= asked_at + 4


def test_the_first_question_counts_from_when_it_was_sent(machine: Machine) -> None:
    asked_at = machine.monotonic_s
    assert machine.ask(ServerClock(), 4.0, 0.5, waited_s=5.0) == asked_at


def test_the_answer_was_given_while_the_server_might_wait(machine: Machine) -> None:
    """And before now: also if the server's clock was put forward or back meanwhile."""
    server = ServerClock()
    machine.ask(server, 0.001, 0.001)
    for off_s, expected_s in ((60.0, 4.5), (-120.0, 0.0)):
        machine.server_ahead_s += off_s
        asked_at = machine.monotonic_s
        assert machine.ask(server, 4.0, 0.5, waited_s=5.0) == pytest.approx(asked_at + expected_s)
