"""The network between worker and Redis stalls, forgets connections, loses replies."""

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from arqlight import JobRequest, Queue, keys
from arqlight.scripts import digest
from tests.helpers import eventually
from tests.servers import Valkey
from tests.worker.conftest import Start
from tests.worker.log import events, kinds, published, until_complete, until_event
from tests.worker.notes import Notes
from tests.worker.proxy import Proxy


@pytest_asyncio.fixture
async def proxy(valkey: Valkey, redis_url: str) -> AsyncIterator[Proxy]:
    """A network between Redis and the workers that are given its address."""
    async with Proxy(valkey.port) as started:
        yield started


def call_of(script: str) -> bytes:
    """What a call of the script holds on its way to Redis."""
    return digest(script).encode()


async def test_a_worker_cut_off_for_longer_than_its_lease_loses_its_jobs_and_learns_of_it(
    proxy: Proxy, queue: Queue, start: Start, notes: Notes
) -> None:
    cut_off = start(redis_url=proxy.url, wait=False, lease=3)
    await published(queue, cut_off)
    await queue.enqueue_many([JobRequest("hold", (n,), job_id=f"job-{n}") for n in range(10)])
    await notes.until(10)
    other = start(lease=3)

    with proxy.stalled():
        await notes.until(20)
        assert notes.all("cancelled") == []
    await notes.until(10, "cancelled")
    notes.release()
    jobs = await until_complete(queue, *[f"job-{n}" for n in range(10)])

    assert [job.result for job in jobs] == list(range(10))
    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 2)}
    assert {note.pid for note in notes.all("cancelled")} == {cut_off.pid}
    assert {note.pid for note in notes.all("ended")} == {other.pid}
    assert len(await events(queue, "lost")) == 10
    assert cut_off.running


@pytest.mark.parametrize("where", ["worker", "function"])
async def test_cut_off_it_stops_what_must_not_outlive_its_lease_before_others_take_it(
    where: str, proxy: Proxy, queue: Queue, start: Start, notes: Notes
) -> None:
    function, options = ("hold", {"stop_at_lease_end": True}) if where == "worker" else ("hold_fenced", {})
    cut_off = start(redis_url=proxy.url, wait=False, lease=2, **options)
    await published(queue, cut_off)
    await queue.enqueue_many([JobRequest(function, job_id=f"job-{n}") for n in range(5)])
    await notes.until(5)
    other = start(lease=2)

    with proxy.stalled():
        await notes.until(10)
    stopped = {note.job_id: note.at for note in notes.all("cancelled")}
    again = {note.job_id: note.at for note in notes.all("started") if note.pid == other.pid}
    assert len(stopped) == len(again) == 5
    assert all(stopped[job_id] < again[job_id] for job_id in again)
    notes.release()
    jobs = await until_complete(queue, *[f"job-{n}" for n in range(5)])
    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 2)}
    assert "is stopped: its lease is over soon" in cut_off.output()


async def test_a_worker_cut_off_for_less_than_its_lease_loses_nothing(
    proxy: Proxy, queue: Queue, start: Start, notes: Notes
) -> None:
    cut_off = start(redis_url=proxy.url, wait=False, lease=10)
    await published(queue, cut_off)
    await queue.enqueue_many([JobRequest("hold", job_id=f"job-{n}") for n in range(10)])
    await notes.until(10)
    start(lease=10)

    with proxy.stalled():
        await eventually(lambda: "redis is away" in cut_off.output(), 15)
        notes.release()
        await notes.until(10, "ended")
    jobs = await until_complete(queue, *[f"job-{n}" for n in range(10)])

    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 1)}
    assert len(notes.all("started")) == 10


async def test_a_claim_whose_reply_is_lost_is_handed_back_uncharged(
    proxy: Proxy, queue: Queue, start: Start, notes: Notes
) -> None:
    """The lease is long: the jobs can run soon only because the worker gives them back."""
    worker = start(redis_url=proxy.url, wait=False, lease=60)
    await published(queue, worker)
    await queue.enqueue("hold", _job_id="running")
    await notes.until()

    proxy.lose_reply_to(call_of("claim"))
    await queue.enqueue_many([JobRequest("quick", (n,), job_id=f"job-{n}") for n in range(5)])
    jobs = await until_complete(queue, *[f"job-{n}" for n in range(5)])
    notes.release()
    (running,) = await until_complete(queue, "running")

    assert proxy.lost_replies == 1
    assert {(job.outcome, job.job_try) for job in jobs} == {("succeeded", 1)}
    assert len(await events(queue, "released")) == 5
    assert await kinds(queue, "job-0") == ["enqueued", "started", "released", "started", "succeeded"]
    assert (running.outcome, running.job_try) == ("succeeded", 1)
    assert len(notes.all("started")) == 6
    assert await events(queue, "lost") == []


async def test_another_worker_takes_the_jobs_of_a_claim_whose_reply_never_came(
    proxy: Proxy, queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(redis_url=proxy.url, wait=False, lease=2)
    # While it runs something, no claim of it waits at Redis.
    await queue.enqueue("hold", _job_id="running")
    await notes.until()
    proxy.lose_reply_to(call_of("claim"), then_stall=True)
    await queue.enqueue("quick", _job_id="job")
    await until_event(queue, "started", job_id="job")
    worker.kill()
    start(lease=2)

    (job,) = await until_complete(queue, "job")

    assert job.outcome == "succeeded"
    assert [event["job_try"] for event in await events(queue, "lost", job_id="job")] == [1]


@pytest.mark.parametrize(("script", "function"), [("finish", "quick"), ("reschedule", "again")])
async def test_an_end_whose_reply_is_lost_is_written_once_and_causes_no_alarm(
    script: str, function: str, proxy: Proxy, queue: Queue, start: Start
) -> None:
    worker = start(redis_url=proxy.url, wait=False, lease=60)
    await published(queue, worker)
    await queue.enqueue(function, 2, _job_id="first")
    await until_complete(queue, "first")

    proxy.lose_reply_to(call_of(script))
    await queue.enqueue(function, 2, _job_id="job")
    (job,) = await until_complete(queue, "job")
    await eventually(lambda: proxy.lost_replies)
    await queue.enqueue("quick", _job_id="after")
    await until_complete(queue, "after")

    assert (job.outcome, job.result) == ("succeeded", 2)
    expected = ["enqueued", "started", "succeeded"]
    if function == "again":
        expected[2:2] = ["retrying", "started"]
    assert await kinds(queue, "job") == expected
    assert "lost its lease" not in worker.output()
    assert await queue.redis.exists("arqlight:queue:arq:queue:running") == 0


async def test_a_heartbeat_whose_reply_is_lost_does_no_harm(
    proxy: Proxy, queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(redis_url=proxy.url, wait=False, lease=2)
    await published(queue, worker)
    await queue.enqueue("hold", _job_id="job")
    await notes.until()
    for times in range(1, 4):
        proxy.lose_reply_to(call_of("heartbeat"))
        await eventually(lambda: proxy.lost_replies >= times)  # noqa: B023  called before the next round
    notes.release()
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.job_try) == ("succeeded", 1)


async def test_connections_that_die_in_silence_are_noticed(
    proxy: Proxy, queue: Queue, start: Start, notes: Notes
) -> None:
    """The server's side is gone; the worker's stays open, and nothing ever comes."""
    worker = start(redis_url=proxy.url, wait=False, lease=6, poll_delay=60)
    await published(queue, worker)
    await queue.enqueue("hold", _job_id="running")
    await notes.until()

    proxy.forget()
    asked_at = time.monotonic()
    await queue.enqueue("quick", _job_id="job")
    await until_complete(queue, "job")
    assert time.monotonic() - asked_at < 10

    async def it_listens_again() -> bool:
        return bool(
            dict(await queue.redis.pubsub_numsub(keys.wake("arq:queue")))[keys.wake("arq:queue").encode()]
        )

    await eventually(it_listens_again, 10)
    asked_at = time.monotonic()
    await queue.enqueue("quick", _job_id="woken")
    (note,) = await notes.until(job_id="woken")
    assert note.at - asked_at < 1
    assert await queue.abort("running", wait=1) == "aborted"
    assert worker.running


async def test_housekeeping_on_a_dead_connection_does_not_stop_the_worker(
    proxy: Proxy, queue: Queue, start: Start, notes: Notes
) -> None:
    """arq's abort marks and health check are read and written between claims."""
    worker = start(
        redis_url=proxy.url,
        wait=False,
        lease=3,
        allow_abort_jobs=True,
        health_check_interval=1,
    )
    await published(queue, worker)
    for n in range(3):
        proxy.forget()
        await queue.enqueue("quick", _job_id=f"job-{n}")
        await until_complete(queue, f"job-{n}", timeout=15)
    assert await until_event(queue, "succeeded", count=3)
