"""Running alone: one at a time, with nothing claimed meanwhile, and noted."""

import asyncio

import pytest

from arqlight.worker.attempt import Attempt, Stop
from arqlight.worker.observers import Counts
from arqlight.worker.running import Running
from arqlight.worker.solitude import Solitude
from tests.helpers import eventually
from tests.unit.worker_link import PreparedLink, attempt


class Notes:
    """As much of a client as is needed; it may be away."""

    def __init__(self) -> None:
        self.noted: dict[str, str] = {}
        self.is_away = False

    async def set(self, key: str, value: str, *, ex: int) -> None:
        """Note it."""
        assert ex > 0
        if self.is_away:
            raise ConnectionError("away")
        self.noted[key] = value


class Working:
    """Tries that begin, and end when they are told to."""

    def __init__(self) -> None:
        self.link = PreparedLink()
        self.client = Notes()
        self.link.client = self.client  # type: ignore[assignment]
        self.running = Running(Counts(), max_jobs=10)
        self.solitude = Solitude(self.link, self.running)
        self.begun: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    def begin(self, job_id: str, lost_tries: int = 0) -> Attempt:
        """Begin a try; with five lost ones, that is all there may be, it runs alone."""
        one = attempt(job_id, job_try=lost_tries + 1, lost_tries=lost_tries)
        self.gates[job_id] = asyncio.Event()
        self.running.hold(one)
        self.running.begin(one, asyncio.get_running_loop().create_task(self._run(one)))
        return one

    async def _run(self, one: Attempt) -> None:
        try:
            if one.runs_alone:
                await self.solitude.wait(one)
            if one.stop is None:
                self.begun.append(one.job_id)
                await self.gates[one.job_id].wait()
        finally:
            self.running.end(one)
            self.running.drop(one)

    async def end(self, job_id: str) -> None:
        """Let a try end."""
        task = self.running.tasks[job_id]
        self.gates[job_id].set()
        await task

    async def until_begun(self, *job_ids: str) -> None:
        """Wait until these have begun, in this order."""
        await eventually(lambda: self.begun == list(job_ids))


async def test_jobs_that_run_alone_wait_for_all_others_and_for_each_other() -> None:
    working = Working()
    working.begin("usual")
    for job_id in ("first", "second"):
        working.begin(job_id, 5)
    await working.until_begun("usual")
    assert working.running.room() == 0
    await working.end("usual")
    await working.until_begun("usual", "first")
    assert working.client.noted == {"arqlight:lost:first": "5 alone"}
    await working.end("first")
    await working.until_begun("usual", "first", "second")
    assert working.running.room() == 0
    await working.end("second")
    assert working.running.room() == 10


async def test_what_a_claim_under_way_yields_comes_first() -> None:
    working = Working()
    working.running.claims = 1
    working.begin("alone", 5)
    working.begin("usual")
    working.running.claim_ended()
    await working.until_begun("usual")
    await working.end("usual")
    await working.until_begun("usual", "alone")
    await working.end("alone")


@pytest.mark.parametrize("told", ["before it waits", "while it waits"])
async def test_one_that_is_told_to_stop_waits_no_longer(told: str) -> None:
    working = Working()
    working.begin("usual")
    one = working.begin("alone", 5)
    if told == "while it waits":
        await eventually(lambda: one.is_stoppable)
    one.request_stop(Stop.shutdown)
    assert one.task is not None
    await one.task
    assert working.begun == ["usual"]
    assert working.client.noted == {}
    assert working.running.room() == 9
    await working.end("usual")


async def test_a_wait_that_something_else_ends_is_over() -> None:
    working = Working()
    working.begin("usual")
    one = working.begin("alone", 5)
    await eventually(lambda: one.is_stoppable)
    assert one.task is not None
    one.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await one.task
    await working.end("usual")


async def test_it_runs_even_when_that_cannot_be_noted(caplog: pytest.LogCaptureFixture) -> None:
    working = Working()
    working.client.is_away = True
    working.begin("alone", 5)
    await working.until_begun("alone")
    assert "job:work: that it runs alone could not be noted" in caplog.text.replace("alone:work", "job:work")
    await working.end("alone")
