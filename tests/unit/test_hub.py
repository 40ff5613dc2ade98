import asyncio
import json
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.exceptions import AuthenticationError

from arqlight.events import START, id_key
from arqlight.web.live import hub as hub_module
from arqlight.web.live.hub import ClosingError, Hub
from arqlight.web.live.messages import Message
from arqlight.web.live.subscription import Filter
from tests.helpers import eventually
from tests.unit.memory import Memory, everything, jobs, read_all, taken


@pytest.fixture
def log() -> Memory:
    return Memory()


@pytest_asyncio.fixture
async def hub(log: Memory, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    hub = Hub(log)
    monkeypatch.setattr(hub.plain_arq, "start", lambda: None)  # test_plain_arq.py tests it
    yield hub
    await hub.aclose()


def reason(message: Message) -> str:
    assert message.event == "reset"
    return str(json.loads(message.wire.split(b"data: ")[1].split(b"\n")[0])["reason"])


async def test_a_subscriber_gets_the_events_of_its_job_only(log: Memory, hub: Hub) -> None:
    subscription = await hub.subscribe(jobs("mine"))
    log.add("started", "other")
    last = log.add("started", "mine")
    assert [m.job_id for m in await read_all(hub, subscription, last)] == ["mine"]


async def test_a_subscriber_of_a_batch_gets_the_events_of_all_its_jobs(log: Memory, hub: Hub) -> None:
    log.batches["b"] = ["b1", "b2"]
    subscription = await hub.subscribe(Filter(batches=frozenset(["b"])))
    last = [log.add("started", job_id) for job_id in ("b1", "other", "b2")][-1]
    assert [m.job_id for m in await read_all(hub, subscription, last)] == ["b1", "b2"]


async def test_a_subscriber_of_a_queue_gets_the_events_of_that_queue(log: Memory, hub: Hub) -> None:
    subscription = await hub.subscribe(Filter(queues=frozenset(["slow"])))
    log.add("started", "one", queue="fast")
    last = log.add("started", "two", queue="slow")
    assert [m.job_id for m in await read_all(hub, subscription, last)] == ["two"]


async def test_a_jobs_log_lines_go_to_those_alone_who_name_the_job(log: Memory, hub: Hub) -> None:
    log.batches["b"] = ["one"]
    wants = [
        everything,
        Filter(queues=frozenset(["arq:queue"])),
        Filter(batches=frozenset(["b"])),
        jobs("one"),
    ]
    *others, of_job = [await hub.subscribe(want) for want in wants]
    line = log.add("log", "one", data='{"job_try":1,"lines":[]}')
    last = log.add("started", "one")
    for subscription in others:
        assert [m.event_id for m in await read_all(hub, subscription, last)] == [last]
    assert [m.event_id for m in await read_all(hub, of_job, last)] == [line, last]


async def test_a_subscriber_of_a_worker_gets_the_events_that_name_it(log: Memory, hub: Hub) -> None:
    subscription = await hub.subscribe(Filter(workers=frozenset(["w1"])))
    log.add("started", "one", data='{"job_try":1,"worker_id":"w2"}')
    log.add("succeeded", "two", data='{"result":"\\"worker_id\\": w1"}')
    log.add("progress", "three", data='["worker_id", "w1"]')
    log.add("progress", "four", data='{"worker_id"')
    first = log.add("started", "five", data='{"job_try":1, "worker_id": "w1"}')
    last = log.add("paused", "", data='{"worker_id":"w1"}')
    assert [m.event_id for m in await read_all(hub, subscription, last)] == [first, last]


async def test_an_event_about_a_queue_goes_to_those_of_the_queue_and_of_everything(
    log: Memory, hub: Hub
) -> None:
    wants = [Filter(queues=frozenset(["slow"])), everything, jobs("one")]
    of_queue, of_all, of_job = [await hub.subscribe(want) for want in wants]
    paused = log.add("paused", "", queue="slow")
    last = log.add("started", "one")
    assert [m.event_id for m in await read_all(hub, of_queue, paused)] == [paused]
    assert [m.event_id for m in await read_all(hub, of_all, last)] == [paused, last]
    assert [m.event_id for m in await read_all(hub, of_job, last)] == [last]


async def test_who_comes_back_gets_missed_events_of_a_worker_too(log: Memory, hub: Hub) -> None:
    first = log.add("enqueued", "one")
    missed = log.add("started", "one", data='{"worker_id":"w1"}')
    log.add("started", "two", data='{"worker_id":"w2"}')
    subscription = await hub.subscribe(Filter(workers=frozenset(["w1"])), after=first)
    assert [m.event_id for m in await read_all(hub, subscription, missed)] == [missed]


async def test_an_event_that_is_wanted_for_several_reasons_comes_once(log: Memory, hub: Hub) -> None:
    log.batches["b"] = ["one"]
    want = Filter(frozenset(["one"]), frozenset(["b"]), frozenset(["arq:queue"]))
    subscription = await hub.subscribe(want)
    last = log.add("started", "one")
    assert len(await read_all(hub, subscription, last)) == 1


async def test_an_unknown_batch_is_watched_in_vain_but_not_refused(log: Memory, hub: Hub) -> None:
    subscription = await hub.subscribe(Filter(frozenset(["one"]), frozenset(["gone"])))
    last = log.add("started", "one")
    assert len(await read_all(hub, subscription, last)) == 1


async def test_an_event_is_encoded_once_for_all_who_get_it(log: Memory, hub: Hub) -> None:
    subscriptions = [await hub.subscribe(everything) for _ in range(3)]
    last = log.add("started", "one")
    first, *others = [(await read_all(hub, s, last))[0].wire for s in subscriptions]
    assert all(wire is first for wire in others)


async def test_the_log_is_read_by_one_reader_and_only_while_somebody_watches(
    log: Memory, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "BLOCK_MS", 20)
    await asyncio.sleep(0.05)
    assert log.reads == 0
    subscriptions = [await hub.subscribe(everything) for _ in range(50)]
    last = log.add("started", "one")
    for subscription in subscriptions:
        await read_all(hub, subscription, last)
    assert log.reads < 10
    for subscription in subscriptions:
        hub.unsubscribe(subscription)
    await eventually(lambda: hub._reader is None)


async def test_who_comes_after_all_had_left_gets_events_again(
    log: Memory, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "BLOCK_MS", 20)
    hub.unsubscribe(await hub.subscribe(everything))
    await eventually(lambda: hub._reader is None)
    log.add("started", "missed")
    subscription = await hub.subscribe(everything)
    last = log.add("started", "seen")
    assert [m.job_id for m in await read_all(hub, subscription, last)] == ["seen"]


async def test_a_client_that_resumes_gets_every_later_event_once(log: Memory, hub: Hub) -> None:
    seen = log.add("started", "one")
    missed = [log.add("progress", f"job {i}") for i in range(2500)]
    subscription = await hub.subscribe(everything, seen)
    live = [log.add("started", "one") for _ in range(5)]
    messages = await read_all(hub, subscription, live[-1])
    assert [m.event_id for m in messages] == [*missed, *live]


async def test_clients_that_were_cut_off_for_a_moment_resume_without_asking_redis(
    log: Memory, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = log.add("started", "one")
    await hub.subscribe(everything)
    seen = log.add("started", "one")
    await eventually(lambda: hub.position() == seen)
    log.bounds = log.read_between = None  # type: ignore[method-assign, assignment]
    for after in (early, seen):
        subscriptions = [await hub.subscribe(jobs("one"), after) for _ in range(3)]
        last = log.add("started", "one")
        first, *others = [await read_all(hub, s, last) for s in subscriptions]
        assert [m.event_id for m in first] == [e.id for e in log.entries if id_key(e.id) > id_key(after)]
        assert all(m.wire is n.wire for other in others for m, n in zip(first, other, strict=True))


async def test_a_client_that_knows_more_than_the_hub_gets_nothing_twice(log: Memory, hub: Hub) -> None:
    await hub.subscribe(everything)
    known = log.add("started", "one")
    subscription = await hub.subscribe(everything, known)
    last = log.add("started", "two")
    assert [m.job_id for m in await read_all(hub, subscription, last)] == ["two"]


async def test_resuming_while_events_pour_in_misses_and_repeats_nothing(log: Memory, hub: Hub) -> None:
    chance = random.Random(7)
    await hub.subscribe(everything)
    ids: list[str] = []

    async def pour() -> None:
        for _ in range(400):
            ids.extend(log.add("started", "one") for _ in range(chance.randrange(1, 5)))
            await asyncio.sleep(0)

    async def resume() -> None:
        for _ in range(chance.randrange(300)):
            await asyncio.sleep(0)
        after = chance.choice([START, *ids])
        subscription = await hub.subscribe(everything, after)
        await pouring
        got = [m.event_id for m in await read_all(hub, subscription, ids[-1])]
        assert got == [i for i in ids if id_key(i) > id_key(after)]

    pouring = asyncio.create_task(pour())
    await asyncio.gather(*(resume() for _ in range(30)))


async def test_resuming_from_before_the_log_was_trimmed_is_a_reset(log: Memory, hub: Hub) -> None:
    old = log.add("started", "one")
    last = [log.add("started", "one") for _ in range(10)][-1]
    log.trim(keep=3)
    subscription = await hub.subscribe(everything, old)
    (message,) = await read_all(hub, subscription, last)
    assert (reason(message), message.event_id) == ("trimmed", last)


async def test_after_a_reset_what_happens_next_still_comes(log: Memory, hub: Hub) -> None:
    old = log.add("started", "one")
    log.add("started", "one")
    log.trim(keep=1)
    subscription = await hub.subscribe(everything, old)
    last = log.add("succeeded", "one")
    assert [m.event for m in await read_all(hub, subscription, last)] == ["reset", "succeeded"]


async def test_resuming_from_the_last_event_of_a_trimmed_log_is_no_reset(log: Memory, hub: Hub) -> None:
    log.add("started", "one")
    known = log.add("started", "one")
    log.trim(keep=1)
    subscription = await hub.subscribe(everything, known)
    last = log.add("succeeded", "one")
    assert [m.event for m in await read_all(hub, subscription, last)] == ["succeeded"]


async def test_resuming_from_an_event_that_the_log_never_had_is_a_reset(log: Memory, hub: Hub) -> None:
    log.add("started", "one")
    subscription = await hub.subscribe(everything, "9999999999999-0")
    assert reason(taken(subscription)[0]) == "trimmed"


async def test_a_client_that_missed_too_much_gets_a_reset_instead(
    log: Memory, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "LONGEST_REPLAY", 1500)
    seen = log.add("started", "one")
    last = [log.add("started", "one") for _ in range(2500)][-1]
    subscription = await hub.subscribe(everything, seen)
    messages = await read_all(hub, subscription, last)
    assert reason(messages[-1]) == "too_long"


async def test_the_log_being_trimmed_during_a_replay_is_a_reset(log: Memory, hub: Hub) -> None:
    seen = log.add("started", "one")
    last = [log.add("started", "one") for _ in range(3000)][-1]
    subscription = await hub.subscribe(everything, seen)
    messages: list[Message] = []
    async for page in hub.replay(subscription):
        messages += page
        log.trim(keep=500)
    messages += await read_all(hub, subscription, last)
    assert len(messages) == 1001
    assert reason(messages[-1]) == "trimmed"


async def test_an_id_that_is_none_is_refused(hub: Hub) -> None:
    with pytest.raises(ValueError, match="not an event id"):
        await hub.subscribe(everything, "yesterday")
    assert not hub.fan_out.all


async def test_redis_going_away_and_coming_back_loses_nothing(log: Memory, hub: Hub) -> None:
    subscription = await hub.subscribe(everything)
    first = log.add("started", "one")
    await read_all(hub, subscription, first)
    log.go_away()
    await eventually(lambda: log.refused > 2)
    missed = [log.add("succeeded", f"job {i}") for i in range(10)]
    log.come_back()
    assert [m.event_id for m in await read_all(hub, subscription, missed[-1])] == missed


async def test_a_log_that_was_lost_while_redis_was_away_is_a_reset_for_everybody(
    log: Memory, hub: Hub
) -> None:
    subscriptions = [await hub.subscribe(want) for want in (everything, jobs("one"))]
    first = log.add("started", "one")
    for subscription in subscriptions:
        await read_all(hub, subscription, first)
    log.go_away()
    log.lose_everything()
    await eventually(lambda: log.refused)
    log.come_back()
    for subscription in subscriptions:
        await subscription.wait(5)
        (message,) = taken(subscription)
        assert (reason(message), message.event_id) == ("trimmed", START)
    last = log.add("started", "one")
    assert [m.event for m in await read_all(hub, subscriptions[1], last)] == ["started"]
    log.add("started", "one")
    late = await hub.subscribe(jobs("one"), first)
    assert reason(taken(late)[0]) == "trimmed"


async def test_events_that_were_trimmed_before_the_hub_came_to_read_them_are_a_reset(
    log: Memory, hub: Hub
) -> None:
    subscription = await hub.subscribe(everything)
    first = log.add("started", "one")
    await read_all(hub, subscription, first)
    last = [log.add("started", "one") for _ in range(500)][-1]
    log.trim(keep=100)
    (message,) = await read_all(hub, subscription, last)
    assert reason(message) == "trimmed"


async def test_a_refusing_redis_is_not_called_away(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    hub.say_away(AuthenticationError("invalid username-password pair"))
    assert "Redis refuses what is asked: invalid username-password pair" in caplog.text
    assert "is away" not in caplog.text


async def test_an_entry_that_cannot_be_read_does_not_end_the_streams(
    log: Memory, hub: Hub, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscription = await hub.subscribe(everything)

    async def broken(*_: object, **__: object) -> None:
        monkeypatch.undo()
        raise KeyError(b"event")

    monkeypatch.setattr(log, "read", broken)
    log.add("started", "unreadable")
    await subscription.wait(5)
    assert reason(taken(subscription)[0]) == "log_unreadable"
    last = log.add("started", "one")
    assert [m.job_id for m in await read_all(hub, subscription, last)] == ["one"]
    assert "reading the event log failed" in caplog.text


async def test_a_client_that_does_not_read_costs_bounded_memory_and_learns_that_it_missed_events(
    log: Memory, hub: Hub
) -> None:
    subscription = await hub.subscribe(everything)
    last = [log.add("succeeded", f"job {i}") for i in range(30_000)][-1]
    await eventually(lambda: hub.position() == last, timeout=20)
    assert len(subscription.pending) <= subscription.pending.most_messages
    assert subscription.pending.size <= subscription.pending.most_bytes
    messages = taken(subscription)
    assert reason(messages[0]) == "too_slow"
    after_the_reset = [m.event_id for m in messages[1:]]
    start = id_key(messages[0].event_id)
    assert after_the_reset == [e.id for e in log.entries if id_key(e.id) > start]


async def test_a_hub_that_is_ending_closes_its_streams_and_takes_no_new_ones(log: Memory, hub: Hub) -> None:
    subscription = await hub.subscribe(everything)
    hub.close_streams()
    assert await subscription.wait(5)
    assert subscription.closed
    with pytest.raises(ClosingError):
        await hub.subscribe(everything)


async def test_the_fan_out_forgets_who_left(log: Memory, hub: Hub) -> None:
    log.batches["b"] = ["b1", "b2"]
    want = Filter(frozenset(["one"]), frozenset(["b"]), frozenset(["slow"]), frozenset(["w1"]))
    subscriptions = [await hub.subscribe(want), await hub.subscribe(want), await hub.subscribe(everything)]
    for subscription in subscriptions:
        hub.unsubscribe(subscription)
        hub.unsubscribe(subscription)
    fan_out = hub.fan_out
    assert {name: held for name, held in vars(fan_out).items() if held} == {}
    assert not any([hub.plain_arq._open, hub.plain_arq._known, hub.plain_arq._noted, hub.plain_arq._fresh])


async def test_the_pace_slows_down_when_there_are_many_clients(log: Memory, hub: Hub) -> None:
    await hub.subscribe(everything)
    assert hub.pace() <= 0.02
    for _ in range(999):
        await hub.subscribe(everything)
    assert hub.pace() == pytest.approx(0.2)
