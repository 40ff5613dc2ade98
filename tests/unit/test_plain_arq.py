import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from arqlight.web.live import plain_arq
from arqlight.web.live.hub import Hub
from arqlight.web.live.messages import Message
from arqlight.web.live.subscription import Filter, Subscription
from tests.helpers import eventually
from tests.unit.memory import Memory, everything, jobs, taken


@pytest.fixture
def log() -> Memory:
    log = Memory()
    log.add("started", "some other job")
    return log


@pytest_asyncio.fixture
async def hub(log: Memory, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    hub = Hub(log)
    monkeypatch.setattr(hub.plain_arq, "start", lambda: None)  # tests check by hand
    yield hub
    await hub.aclose()


async def check(hub: Hub, log: Memory) -> None:
    await eventually(lambda: hub.position() == log._last)
    await hub.plain_arq.check()


def states(subscription: Subscription) -> list[tuple[str, str]]:
    """The job ids and statuses (outcomes, where complete) that ``state`` messages told."""
    return [_state(m) for m in taken(subscription) if m.event == "state"]


def _state(message: Message) -> tuple[str, str]:
    job: dict[str, Any] = json.loads(message.wire.split(b"data: ")[1])["job"]
    return job["job_id"], job["outcome"] or job["status"]


async def test_what_a_plain_arq_worker_does_is_told_by_looking(log: Memory, hub: Hub) -> None:
    log.set_job("one", "queued")
    subscription = await hub.subscribe(jobs("one"))
    await check(hub, log)
    assert states(subscription) == []
    log.set_job("one", "in_progress", job_try=1)
    await check(hub, log)
    log.set_job("one", "complete", outcome="succeeded", job_try=1)
    await check(hub, log)
    assert states(subscription) == [("one", "succeeded")]  # of two states in a row, the last one counts


async def test_each_change_is_told_once(log: Memory, hub: Hub) -> None:
    log.set_job("one", "in_progress", job_try=1)
    subscription = await hub.subscribe(jobs("one"))
    for _ in range(3):
        await check(hub, log)
    assert states(subscription) == [("one", "in_progress")]
    await check(hub, log)
    assert states(subscription) == []


async def test_a_further_try_of_a_plain_arq_worker_is_a_change(log: Memory, hub: Hub) -> None:
    log.set_job("one", "in_progress", job_try=1)
    subscription = await hub.subscribe(jobs("one"))
    await check(hub, log)
    taken(subscription)
    log.set_job("one", "in_progress", job_try=2)
    await check(hub, log)
    assert states(subscription) == [("one", "in_progress")]


async def test_what_events_tell_is_not_told_again(log: Memory, hub: Hub) -> None:
    log.set_job("one", "queued")
    subscription = await hub.subscribe(jobs("one"))
    for event, status, outcome in (
        ("enqueued", "queued", None),
        ("started", "in_progress", None),
        ("retrying", "deferred", None),
        ("started", "in_progress", None),
        ("succeeded", "complete", "succeeded"),
    ):
        log.add(event, "one")
        log.set_job("one", status, outcome=outcome, worker_id="ours", job_try=1)
        await check(hub, log)
    assert states(subscription) == []


async def test_a_job_that_ends_between_two_looks_without_any_event_is_told(log: Memory, hub: Hub) -> None:
    subscription = await hub.subscribe(jobs("one"))
    log.add("enqueued", "one")
    log.set_job("one", "queued")
    await check(hub, log)
    taken(subscription)
    log.add("enqueued", "one")
    log.set_job("one", "complete", outcome="failed")
    await check(hub, log)
    assert states(subscription) == [("one", "failed")]


async def test_who_begins_to_watch_later_is_told_what_happened_since_its_snapshot(
    log: Memory, hub: Hub
) -> None:
    log.set_job("one", "complete", outcome="succeeded")
    first = await hub.subscribe(jobs("one"))
    await check(hub, log)
    second = await hub.subscribe(jobs("one"))
    await check(hub, log)
    assert states(first) == [("one", "succeeded")]
    assert states(second) == [("one", "succeeded")]


async def test_a_job_that_vanished_is_told(log: Memory, hub: Hub) -> None:
    log.set_job("one", "in_progress")
    subscription = await hub.subscribe(jobs("one"))
    await check(hub, log)
    taken(subscription)
    del log.jobs["one"]
    await check(hub, log)
    assert states(subscription) == [("one", "not_found")]


async def test_a_job_that_waits_in_another_queue_is_not_taken_for_vanished(log: Memory, hub: Hub) -> None:
    log.set_job("one", "not_found")  # its record is there: it has a function
    subscription = await hub.subscribe(jobs("one"))
    await check(hub, log)
    assert states(subscription) == []


async def test_a_look_older_than_the_jobs_last_event_is_not_believed(
    log: Memory, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.set_job("one", "queued")
    subscription = await hub.subscribe(jobs("one"))
    await check(hub, log)
    look_up_many = log.look_up_many

    async def slow(*args: Any, **kwargs: Any) -> Any:
        found = await look_up_many(*args, **kwargs)
        log.add("started", "one")
        last = log.add("succeeded", "one")
        await eventually(lambda: hub.position() == last)
        return found

    monkeypatch.setattr(log, "look_up_many", slow)
    log.set_job("one", "in_progress")
    await check(hub, log)
    assert states(subscription) == []


async def test_a_look_that_knows_more_than_the_hub_waits_for_the_hub(log: Memory, hub: Hub) -> None:
    log.set_job("one", "queued")
    subscription = await hub.subscribe(jobs("one"))
    await check(hub, log)
    log.add("started", "one")
    log.set_job("one", "in_progress", worker_id="ours")
    await hub.plain_arq.check()
    assert [m.event for m in taken(subscription)] == ["started"]


async def test_a_job_that_is_complete_is_not_looked_at_any_more(log: Memory, hub: Hub) -> None:
    log.batches["b"] = ["one", "two"]
    log.set_job("one", "complete", outcome="succeeded")
    log.set_job("two", "in_progress")
    await hub.subscribe(Filter(batches=frozenset(["b"])))
    await check(hub, log)
    await check(hub, log)
    assert log.look_ups[-1] == ["two"]


async def test_one_look_is_bounded_and_all_jobs_get_their_turn(
    log: Memory, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_arq, "MOST_JOBS", 10)
    log.batches["b"] = [str(number) for number in range(25)]
    for job_id in log.batches["b"]:
        log.set_job(job_id, "queued")
    await hub.subscribe(Filter(batches=frozenset(["b"])))
    for _ in range(3):
        await check(hub, log)
    assert all(len(look_up) <= 10 for look_up in log.look_ups)
    assert {job_id for look_up in log.look_ups for job_id in look_up} == set(log.batches["b"])


async def test_a_new_log_after_redis_lost_everything_does_not_hide_that_jobs_are_gone(
    log: Memory, hub: Hub
) -> None:
    log.set_job("one", "queued")
    subscription = await hub.subscribe(jobs("one"))
    log.add("started", "one")
    log.set_job("one", "in_progress", worker_id="ours")
    await check(hub, log)
    log.go_away()
    log.lose_everything()
    await eventually(lambda: log.refused)
    log.come_back()
    await check(hub, log)
    assert states(subscription) == [("one", "not_found")]


async def test_looks_are_frequent_only_where_plain_arq_may_be_at_work(
    log: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_arq, "SLOW_S", 30)
    hub = Hub(log)
    try:
        log.set_job("one", "queued")
        await hub.subscribe(jobs("one"))
        await eventually(lambda: log.look_ups)
        await asyncio.sleep(0.7)
        assert len(log.look_ups) == 1
        log.set_job("one", "in_progress")  # by no worker of ours: plain arq's
        await hub.subscribe(jobs("one"))
        looks = len(log.look_ups)
        await eventually(lambda: len(log.look_ups) >= looks + 3)
    finally:
        await hub.aclose()


async def test_looks_are_frequent_where_no_worker_of_ours_is_up(log: Memory) -> None:
    log.workers_up = False
    log.set_job("one", "queued")
    hub = Hub(log)
    try:
        await hub.subscribe(jobs("one"))
        await eventually(lambda: len(log.look_ups) >= 3, timeout=2)
    finally:
        await hub.aclose()


async def test_where_the_event_log_is_off_everything_is_told_by_looking(hub: Hub, log: Memory) -> None:
    log.lose_everything()
    log.set_job("one", "in_progress", worker_id="ours")
    subscription = await hub.subscribe(jobs("one"))
    await check(hub, log)
    assert states(subscription) == [("one", "in_progress")]


async def test_nothing_is_looked_at_for_those_who_watch_no_job(log: Memory) -> None:
    hub = Hub(log)
    try:
        subscription = await hub.subscribe(everything)
        log.add("started", "one")
        await subscription.wait(5)
        await asyncio.sleep(0.3)
        assert log.look_ups == []
    finally:
        await hub.aclose()


async def test_looking_goes_on_after_redis_was_away(log: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_arq, "SLOW_S", 0.05)
    hub = Hub(log)
    try:
        log.set_job("one", "queued")
        subscription = await hub.subscribe(jobs("one"))
        await eventually(lambda: log.look_ups)
        log.go_away()
        await eventually(lambda: log.refused > 2)
        log.set_job("one", "complete", outcome="succeeded")
        log.come_back()
        assert await eventually(lambda: states(subscription)) == [("one", "succeeded")]
    finally:
        await hub.aclose()
