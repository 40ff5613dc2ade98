"""The writer: what ended is written in batches, and kept until it is written."""

import asyncio
from typing import Any

import pytest
from redis.exceptions import OutOfMemoryError, ResponseError

from arqlight.scripts import FinishEntry, RescheduleEntry
from arqlight.worker.attempt import Attempt
from arqlight.worker.link import Backoff
from arqlight.worker.observers import Observer, Observers
from arqlight.worker.writer import Writer
from tests.unit.worker_link import PreparedLink, attempt, attempts


class Watching(Observer):
    def __init__(self) -> None:
        self.seen: list[tuple[str, bool]] = []

    def written(self, attempt: Attempt, is_lost: bool) -> None:
        self.seen.append((attempt.job_id, is_lost))


class Written:
    """A writer, and what it said."""

    def __init__(self) -> None:
        self.link = PreparedLink()
        self.watching = Watching()
        self.told: list[tuple[str, bool]] = []
        self.writer = Writer(
            self.link,
            Observers([self.watching]),
            shrink=lambda _, entry, error: entry._replace(record=b"", data=str(error)),
            written=lambda one, is_lost: self.told.append((one.job_id, is_lost)),
        )

    def finish(self, *job_ids: str, record: bytes = b"r") -> None:
        for one in attempts(job_ids):
            entry = FinishEntry(one.job_id, record, "{}", one.holder, 1, 1000, 0, "succeeded")
            self.writer.add(one, entry)


@pytest.fixture
def to() -> Written:
    return Written()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(self: object) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(Backoff, "wait", at_once)


async def test_what_ends_together_is_written_by_one_call(to: Written) -> None:
    to.finish("a", "b", "c")
    await to.writer.drain()
    assert to.link.prepared.finished == [["a", "b", "c"]]
    assert to.told == to.watching.seen == [("a", False), ("b", False), ("c", False)]
    assert not to.writer.is_busy


async def test_what_goes_back_to_the_queue_is_written_too(to: Written) -> None:
    one = attempt("again")
    to.writer.add(one, RescheduleEntry("again", one.holder, 1, 0, 0, "retrying", "{"))
    assert to.writer.is_busy
    await to.writer.drain()
    assert to.link.prepared.rescheduled == [["again"]]


async def test_while_redis_is_away_or_full_it_is_kept_and_written_when_it_is_back(to: Written) -> None:
    to.link.prepared.troubles = [ConnectionError(), OutOfMemoryError("full"), None]
    to.finish("a")
    await to.writer.drain()
    assert to.link.prepared.finished == [["a"]]


async def test_a_lost_lease_is_told_of(to: Written, caplog: Any) -> None:
    to.link.prepared.lost = ["b"]
    to.finish("a", "b")
    await to.writer.drain()
    assert to.told == [("a", False), ("b", True)]
    assert "job" not in caplog.text or "b:work lost its lease" in caplog.text


async def test_a_lease_that_a_call_which_was_cut_off_may_have_ended_is_not_lost(to: Written) -> None:
    to.link.prepared.troubles = [ConnectionError()]
    to.link.prepared.lost = ["a"]
    to.finish("a")
    await to.writer.drain()
    assert to.told == [("a", False)]


async def test_one_that_redis_refuses_does_not_keep_the_others(to: Written) -> None:
    refused = ResponseError("too large for me")
    to.link.prepared.troubles = [refused, None, refused, None]
    to.finish("a", "b")
    await to.writer.drain()
    assert to.link.prepared.finished == [["a"], ["b"]]
    assert [job_id for job_id, _ in to.told] == ["a", "b"]


async def test_a_large_one_goes_alone(to: Written) -> None:
    to.finish("a")
    to.finish("large", record=b"x" * 1_000_001)
    to.finish("b")
    await to.writer.drain()
    assert to.link.prepared.finished == [["a"], ["large"], ["b"]]


async def test_a_large_one_that_is_always_cut_off_is_given_up(to: Written) -> None:
    to.link.prepared.troubles = [ConnectionError()] * 5
    to.finish("large", record=b"x" * 1_000_001)
    await to.writer.drain()
    assert to.link.prepared.finished == [["large"]]
    assert not to.link.prepared.troubles


async def test_a_job_that_redis_has_forgotten_is_sent_again_with_its_record(to: Written) -> None:
    to.link.prepared.forgotten = ["b"]
    for one in attempts("ab"):
        entry = RescheduleEntry(one.job_id, one.holder, 1, 0, 1, "released", "{", one.raw)
        to.writer.add(one, entry)
    await to.writer.drain()
    assert to.link.prepared.rescheduled == [["a"], ["b"]]
    assert to.told == [("a", False), ("b", False)]
