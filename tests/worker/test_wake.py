"""An idle worker is woken: it starts a job at once though it polls rarely."""

import statistics
import time
from collections.abc import Iterator

import pytest
from arq.connections import ArqRedis

from arqlight import JobRequest, Queue, keys
from tests.helpers import eventually
from tests.servers import Valkey
from tests.worker.conftest import Start
from tests.worker.log import published, until_beats, until_complete, until_gone
from tests.worker.notes import Notes

POLL_DELAY_S = 10
# The goal is about a millisecond; a loaded machine may be late now and then, so it is the median that counts.
SOON_S = 0.1
ROUNDS = 9


@pytest.fixture
def notifying(valkey: Valkey, redis_url: str) -> Iterator[None]:
    """A Redis that tells of changed sorted sets."""
    with valkey._client_on(valkey.port) as client:
        client.config_set("notify-keyspace-events", "Kz")
        yield
        client.config_set("notify-keyspace-events", "")


async def until_listening(queue: Queue, count: int = 1) -> None:
    channel = keys.wake(queue.queue_name)

    async def is_listening() -> bool:
        return int(dict(await queue.redis.pubsub_numsub(channel))[channel.encode()]) >= count

    await eventually(is_listening)


async def test_an_idle_worker_starts_a_job_at_once(queue: Queue, start: Start, notes: Notes) -> None:
    start(poll_delay=POLL_DELAY_S)
    await until_listening(queue)
    late = []
    for n in range(ROUNDS):
        asked_at = time.monotonic()
        await queue.enqueue("quick", _job_id=f"job-{n}")
        (note,) = await notes.until(job_id=f"job-{n}")
        late.append(note.at - asked_at)
        await until_complete(queue, f"job-{n}")
    assert statistics.median(late) < SOON_S


async def test_a_deferred_job_starts_when_due(queue: Queue, start: Start, notes: Notes) -> None:
    start(poll_delay=POLL_DELAY_S)
    await until_listening(queue)
    asked_at = time.monotonic()
    await queue.enqueue_many(
        [JobRequest("quick", job_id=f"job-{n}", defer_by=0.3 + n / 10) for n in range(ROUNDS)]
    )
    late = [note.at - asked_at - (0.3 + n / 10) for n, note in enumerate(await notes.until(ROUNDS))]
    # The server counts in ms.
    assert min(late) > -0.002
    assert statistics.median(late) < SOON_S
    assert [note.job_id for note in notes.all()] == [f"job-{n}" for n in range(ROUNDS)]


async def test_a_job_that_becomes_due_before_the_one_waited_for_starts_in_time(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start(poll_delay=POLL_DELAY_S)
    await queue.enqueue("quick", _job_id="later", _defer_by=5)
    asked_at = time.monotonic()
    await queue.enqueue("quick", _job_id="sooner", _defer_by=0.5)
    (note,) = await notes.until(job_id="sooner")
    assert note.at - asked_at < 2


async def test_of_many_idle_workers_one_runs_the_job(queue: Queue, start: Start, notes: Notes) -> None:
    for _ in range(3):
        start(poll_delay=POLL_DELAY_S)
    await until_listening(queue, 3)
    asked_at = time.monotonic()
    await queue.enqueue_many([JobRequest("quick", job_id=f"job-{n}") for n in range(50)])
    ran = await notes.until(50)
    assert ran[-1].at - asked_at < 2
    await until_complete(queue, *[f"job-{n}" for n in range(50)])
    assert len(notes.all("started")) == 50


async def test_a_full_worker_takes_the_next_job_when_one_ends(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start(poll_delay=POLL_DELAY_S, max_jobs=1)
    await until_listening(queue)
    await queue.enqueue("take", 0.3, _job_id="first")
    await notes.until()
    for n in range(5):
        await queue.enqueue("take", 0.05, _job_id=f"job-{n}")
    (ended,) = await notes.until(what="ended", job_id="first")
    last = (await notes.until(6, "ended"))[-1]
    assert last.at - ended.at < 3


async def test_a_job_from_plain_arq_wakes_it_where_redis_tells_of_changes(
    notifying: None, queue: Queue, redis: ArqRedis, start: Start, notes: Notes
) -> None:
    start(poll_delay=POLL_DELAY_S)
    await until_listening(queue)
    late = []
    for n in range(ROUNDS):
        asked_at = time.monotonic()
        await redis.enqueue_job("quick", _job_id=f"job-{n}")
        (note,) = await notes.until(job_id=f"job-{n}")
        late.append(note.at - asked_at)
    assert statistics.median(late) < SOON_S


async def test_a_deferred_job_from_plain_arq_starts_when_due_where_redis_tells_of_changes(
    notifying: None, queue: Queue, redis: ArqRedis, start: Start, notes: Notes
) -> None:
    start(poll_delay=POLL_DELAY_S)
    await until_listening(queue)
    asked_at = time.monotonic()
    await redis.enqueue_job("quick", _job_id="job", _defer_by=1)
    (note,) = await notes.until()
    assert 0.99 < note.at - asked_at < 3


async def test_a_job_from_plain_arq_waits_for_the_poll_otherwise(
    queue: Queue, redis: ArqRedis, start: Start, notes: Notes
) -> None:
    start(poll_delay=1)
    await until_listening(queue)
    for n in range(3):
        asked_at = time.monotonic()
        await redis.enqueue_job("quick", _job_id=f"job-{n}")
        (note,) = await notes.until(job_id=f"job-{n}")
        assert note.at - asked_at < 2.5


async def test_an_idle_workers_wish_to_be_woken_does_not_lapse(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """However rarely it polls: the flag in Redis stands for a minute, here for two seconds."""
    worker = start("ShortWish", poll_delay=600)
    await published(queue, worker)
    await until_listening(queue)
    # Five leases pass.
    await until_beats(queue, worker, 15)

    async def is_there() -> bool:
        return bool(await queue.redis.exists(keys.idle("arq:queue")))

    await eventually(is_there)
    asked_at = time.monotonic()
    await queue.enqueue("quick", _job_id="job")
    (note,) = await notes.until()
    assert note.at - asked_at < 1


async def test_an_idle_worker_costs_redis_next_to_nothing(queue: Queue, start: Start) -> None:
    """At arq's poll_delay: two cheap commands a second, a heartbeat now and then."""
    worker = start(poll_delay=0.5, lease=15)
    await published(queue, worker)
    await until_listening(queue)

    async def calls() -> int:
        stats = await queue.redis.info("commandstats")
        return sum(
            stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("evalsha", "zrangebyscore")
        )

    await until_gone(queue, 1000)
    before = await calls()
    await until_gone(queue, 3000)
    assert await calls() - before <= 3 * 2 + 3
