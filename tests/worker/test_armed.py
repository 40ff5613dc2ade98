"""A worker that has nothing to do is armed: its next claim waits at Redis. What may happen to it there."""

import signal
import statistics
import time

from redis.asyncio import Redis

from arqlight import JobRequest, Queue, keys
from tests.helpers import eventually
from tests.servers import Valkey
from tests.worker.conftest import Start
from tests.worker.log import events, kinds, published, until_beats, until_complete, until_event
from tests.worker.notes import Notes


async def until_armed(redis: Redis, count: int = 1) -> None:
    """Until so many claims wait at Redis."""

    async def are_armed() -> bool:
        return int((await redis.info("clients"))["blocked_clients"]) == count

    await eventually(are_armed)


async def scripts_run(redis: Redis) -> int:
    """How many scripts were run, claims and others."""
    return int((await redis.info("commandstats")).get("cmdstat_evalsha", {"calls": 0})["calls"])


async def test_a_job_sets_off_the_claim_that_waits(queue: Queue, start: Start, notes: Notes) -> None:
    start(lease=60, poll_delay=60)
    for n in range(5):
        await until_armed(queue.redis)
        await queue.enqueue("quick", _job_id=f"job-{n}")
        # No other command of the worker comes in between: Redis itself went on from one to the other.
        assert (await kinds(queue, f"job-{n}"))[:2] == ["enqueued", "started"]
        await notes.until(job_id=f"job-{n}")


async def test_a_worker_that_runs_something_is_not_armed(queue: Queue, start: Start, notes: Notes) -> None:
    start()
    await until_armed(queue.redis)
    await queue.enqueue("hold", _job_id="job")
    await notes.until()
    await until_armed(queue.redis, 0)
    await queue.enqueue("quick", _job_id="another")
    await until_complete(queue, "another")
    notes.release()
    await until_complete(queue, "job")
    await until_armed(queue.redis)


async def test_all_jobs_of_a_call_start_at_once_all_the_same(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start(poll_delay=60)
    await until_armed(queue.redis)
    began = time.monotonic()
    await queue.enqueue_many([JobRequest("hold", job_id=f"job-{n}") for n in range(60)])
    started = await notes.until(60)
    notes.release()
    assert started[-1].at - began < 2
    await until_complete(queue, *[f"job-{n}" for n in range(60)])


async def test_a_frozen_worker_takes_one_job_and_the_others_run_elsewhere(
    queue: Queue, start: Start, notes: Notes
) -> None:
    frozen = start(lease=2)
    await until_armed(queue.redis)
    frozen.signal(signal.SIGSTOP)
    other = start(lease=2, wait=False)
    await published(queue, other)
    began = time.monotonic()
    await queue.enqueue_many([JobRequest("quick", job_id=f"job-{n}") for n in range(10)])
    await notes.until(9)
    assert time.monotonic() - began < 1.5
    jobs = await until_complete(queue, *[f"job-{n}" for n in range(10)])
    frozen.signal(signal.SIGCONT)

    assert {job.outcome for job in jobs} == {"succeeded"}
    assert len(await events(queue, "lost")) <= 1
    assert {note.pid for note in notes.all("started")} == {other.pid}


async def test_a_worker_that_stops_takes_no_job_any_more(queue: Queue, start: Start, notes: Notes) -> None:
    worker = start(job_completion_wait=5, poll_delay=60)
    await until_armed(queue.redis)
    began = time.monotonic()
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert time.monotonic() - began < 3
    await queue.enqueue("quick", _job_id="job")
    assert await kinds(queue, "job") == ["enqueued"]
    assert await queue.redis.exists(keys.idle("arq:queue")) == 0


async def test_its_connection_may_be_cut(queue: Queue, valkey: Valkey, start: Start, notes: Notes) -> None:
    worker = start(lease=60)
    for n in range(3):
        await until_armed(queue.redis)
        valkey.cut_clients()
        await queue.enqueue("quick", _job_id=f"job-{n}")
        await notes.until(job_id=f"job-{n}")
        await until_complete(queue, f"job-{n}")
    assert worker.running
    assert await events(queue, "lost") == []


async def test_a_job_that_becomes_due_starts_in_time(queue: Queue, start: Start, notes: Notes) -> None:
    """Redis looks at what has waited long enough ten times a second only."""
    start(lease=60, poll_delay=60)
    late = []
    for n in range(9):
        await until_armed(queue.redis)
        asked_at = time.monotonic()
        await queue.enqueue("quick", _job_id=f"job-{n}", _defer_by=0.2 + n / 100)
        (note,) = await notes.until(job_id=f"job-{n}")
        late.append(note.at - asked_at - (0.2 + n / 100))
    assert statistics.median(late) < 0.03


async def test_a_job_that_plain_arq_runs_does_not_keep_it_busy(
    queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start(lease=1, poll_delay=0.1)
    await until_armed(queue.redis)
    await queue.redis.set(keys.IN_PROGRESS_PREFIX + "foreign", "1")
    await queue.redis.zadd("arq:queue", {"foreign": 1})
    before = await scripts_run(queue.redis)
    await until_beats(queue, worker, 5)
    # Five heartbeats, and a claim in vain for each of some 17 polls.
    assert await scripts_run(queue.redis) - before < 100


async def test_a_token_that_nobody_waited_for_does_no_harm(queue: Queue, start: Start, notes: Notes) -> None:
    await queue.redis.execute_command("RPUSH", keys.signal("arq:queue"), "1")
    worker = start(lease=1, poll_delay=60)
    await until_armed(queue.redis)
    before = await scripts_run(queue.redis)
    await until_beats(queue, worker, 3)
    # The worker's start and its heartbeats take a few; going round and round would take hundreds.
    assert await scripts_run(queue.redis) - before < 20
    await queue.enqueue("quick", _job_id="job")
    await until_event(queue, "succeeded")


async def test_where_it_may_not_wait_it_claims_when_it_is_woken(
    queue: Queue, valkey: Valkey, start: Start, notes: Notes
) -> None:
    with valkey._client_on(valkey.port) as client:
        client.execute_command("ACL", "SETUSER", "worker", "on", "nopass", "~*", "&*", "+@all", "-blpop")
        worker = start(lease=60, poll_delay=60, redis_url=f"redis://worker:x@127.0.0.1:{valkey.port}/0")
        await eventually(lambda: "no claim can wait at this redis" in worker.output())
        for n in range(3):
            asked_at = time.monotonic()
            await queue.enqueue("quick", _job_id=f"job-{n}")
            (note,) = await notes.until(job_id=f"job-{n}")
            assert note.at - asked_at < 2
        worker.stop()
        client.execute_command("ACL", "DELUSER", "worker")
    assert worker.output().count("no claim can wait") == 1


async def test_a_pool_of_few_connections_is_left_to_the_others(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start("FewConnections", lease=60, poll_delay=60)
    await queue.enqueue("quick", _job_id="first")
    await notes.until(job_id="first")
    await until_complete(queue, "first")
    asked_at = time.monotonic()
    await queue.enqueue("quick", _job_id="second")
    await notes.until(job_id="second")
    assert time.monotonic() - asked_at < 2
    assert (await queue.redis.info("clients"))["blocked_clients"] == 0
