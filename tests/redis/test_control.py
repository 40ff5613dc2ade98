"""What an operator can do to jobs: run again, copy, run now, delete, empty a queue."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from arq.connections import ArqRedis
from arq.worker import Worker as ArqWorker
from arq.worker import func

from arqlight import JobRequest, Queue, Worker, keys
from tests.redis.lease import QUEUE, Player, kinds, log

CALLS: list[Any] = []


class Unfit(Exception):  # noqa: N818
    """As many have it: it cannot be unpickled."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one)


async def greet(ctx: dict[str, Any], *names: str, how: str = "") -> str:
    CALLS.append((ctx["job_id"], ctx["job_try"], names, how))
    return f"hello {names}"


async def fail(ctx: dict[str, Any], name: str) -> None:
    CALLS.append((ctx["job_id"], ctx["job_try"], name))
    raise Unfit("not", name)


@pytest.fixture(autouse=True)
def no_calls() -> None:
    CALLS.clear()


async def run_all(queue: Queue, **settings: Any) -> None:
    functions = [func(greet, name="greet"), func(fail, name="fail")]
    worker = Worker(functions, redis_pool=queue.redis, burst=True, handle_signals=False, **settings)
    await worker.main()


async def left(queue: Queue, job_id: str) -> set[str]:
    found = {key.decode().removesuffix(job_id) for key in await queue.redis.keys(f"*:{job_id}")}
    return found - {keys.ENDED_PREFIX}


# -- retry


async def test_a_failed_job_runs_again_under_its_id(queue: Queue) -> None:
    await queue.enqueue("fail", "ada", _job_id="job", _owner="ada")
    await run_all(queue)
    assert await queue.enqueue("fail", "ada", _job_id="job") is None

    assert await queue.retry("job") == "enqueued"
    job = (await queue.look_up("job")).job
    assert (job.status, job.function, job.args, job.job_try, job.result) == (
        "queued",
        "fail",
        ["ada"],
        0,
        None,
    )
    await run_all(queue)

    assert CALLS == [("job", 1, "ada"), ("job", 1, "ada")]
    assert await kinds(queue, "job") == ["enqueued", "started", "failed"] * 2
    told = (await log(queue, "job"))[3]
    assert (told["function"], told["copy_of"], told["owner"]) == ("fail", "job", "ada")
    assert abs(told["due_ms"] - time.time() * 1000) < 10_000
    assert await left(queue, "job") == {keys.RESULT_PREFIX}


async def test_a_job_that_was_aborted_while_it_waited_runs_after_all(queue: Queue) -> None:
    await queue.enqueue("greet", "ada", "r", how="r", _job_id="job", _defer_by=3600)
    assert await queue.abort("job") == "aborted"
    assert await queue.retry("job") == "enqueued"
    await run_all(queue)
    assert CALLS == [("job", 1, ("ada", "r"), "r")]


async def test_what_plain_arq_ran_can_be_run_again(queue: Queue, redis: ArqRedis) -> None:
    await redis.enqueue_job("greet", "ada", how="well", _job_id="job")
    worker = ArqWorker([func(greet, name="greet")], redis_pool=redis, burst=True, handle_signals=False)
    await worker.main()
    assert await queue.retry("job") == "enqueued"
    await run_all(queue)
    assert [call[2:] for call in CALLS] == [(("ada",), "well")] * 2


async def test_a_job_goes_back_to_the_queue_that_it_was_in(queue: Queue) -> None:
    await queue.enqueue("greet", _job_id="job", _queue_name="other")
    await run_all(queue, queue_name="other")
    assert await queue.retry("job") == "enqueued"
    assert await queue.redis.zcard("other") == 1
    assert await queue.redis.zcard(QUEUE) == 0


@pytest.mark.parametrize("state", ["queued", "deferred", "in_progress"])
async def test_a_job_that_is_not_complete_is_not_run_twice(state: str, queue: Queue) -> None:
    await queue.enqueue("greet", _job_id="job", _defer_by=60 if state == "deferred" else None)
    if state == "in_progress":
        await Player(queue).claim_one("job")
    before = await kinds(queue, "job")
    assert await queue.retry("job") == "not_finished"
    assert await kinds(queue, "job") == before


async def test_an_unknown_job_and_one_that_tells_no_function_are_not_run(queue: Queue) -> None:
    assert await queue.retry("job") == "unknown"
    await queue.enqueue("greet", _job_id="job")
    await queue.redis.delete(keys.job("job"))
    await run_all(queue)
    assert (await queue.look_up("job")).job.outcome == "expired"
    assert await queue.retry("job") == "no_record"
    await queue.redis.set(keys.result("other"), b"garbage")
    assert await queue.retry("other") == "no_record"
    assert await queue.redis.get(keys.result("other")) == b"garbage"


async def test_the_id_of_a_job_that_came_to_nothing_is_free_for_another(queue: Queue) -> None:
    await queue.enqueue("fail", _job_id="job")
    await run_all(queue)
    assert await queue.enqueue_again(JobRequest("greet", ("ada",), job_id="job", defer_by=60))
    job, _ = await queue.look_up("job")
    assert (job.status, job.function, job.args) == ("deferred", "greet", ["ada"])
    assert not await queue.enqueue_again(JobRequest("greet", job_id="job"))
    await queue.abort("job")
    assert await queue.enqueue_again(JobRequest("greet", job_id="job"))
    await run_all(queue)
    assert (await queue.look_up("job")).job.outcome == "succeeded"
    assert not await queue.enqueue_again(JobRequest("greet", job_id="job"))
    assert not await queue.enqueue_again(JobRequest("greet", job_id="never was"))
    with pytest.raises(ValueError, match="names no job_id"):
        await queue.enqueue_again(JobRequest("greet"))


async def test_a_record_that_was_made_of_another_result_is_not_enqueued(queue: Queue) -> None:
    await queue.redis.set(keys.result("job"), b"a later one")
    scripts = queue.redis.scripts
    made = {"record": b"r", "expiry_ms": 1000, "result_sha1": "0" * 40, "result_bytes": 100, "data": "{"}
    assert await scripts.retry(QUEUE, "job", **made) == "changed"  # type: ignore[arg-type]
    assert await queue.redis.zcard(QUEUE) == 0


async def test_many_are_run_again_and_each_is_answered(queue: Queue) -> None:
    ids = [f"job-{n}" for n in range(120)]
    await queue.enqueue_many([JobRequest("greet", (job_id,), job_id=job_id) for job_id in ids])
    await run_all(queue)
    answers = await queue.retry_many([*ids, "other"])
    assert answers == ["enqueued"] * 120 + ["unknown"]
    await run_all(queue)
    assert len(CALLS) == 240


async def test_a_cron_job_that_just_ran_can_be_run_again(queue: Queue) -> None:
    """For a minute its in-progress key says that its slot is over."""
    await queue.enqueue("greet", _job_id="job")
    await run_all(queue)
    await queue.redis.psetex(keys.IN_PROGRESS_PREFIX + "job", 60_000, "done")
    assert await queue.retry("job") == "enqueued"
    await run_all(queue)
    assert len(CALLS) == 2


@pytest.fixture
async def json_queue(redis_url: str) -> AsyncIterator[Queue]:
    dump = lambda record: json.dumps(record, default=str).encode()  # noqa: E731
    async with Queue.connect(redis_url, job_serializer=dump, job_deserializer=json.loads) as queue:
        yield queue


async def test_records_of_the_settings_own_serializer_are_run_again(json_queue: Queue) -> None:
    settings = {
        "job_serializer": json_queue.redis.job_serializer,
        "job_deserializer": json_queue.redis.job_deserializer,
    }
    await json_queue.enqueue("greet", "ada", _job_id="job")
    await run_all(json_queue, **settings)
    assert await json_queue.retry("job") == "enqueued"
    await run_all(json_queue, **settings)
    assert [call[2] for call in CALLS] == [("ada",), ("ada",)]


# -- duplicate


@pytest.mark.parametrize("state", ["deferred", "running", "complete"])
async def test_a_copy_has_the_function_and_the_arguments_and_an_id_of_its_own(
    state: str, queue: Queue
) -> None:
    await queue.enqueue("greet", "ada", how="well", _job_id="job", _defer_by=60 if state == "deferred" else 0)
    if state == "running":
        await Player(queue).claim_one("job")
    elif state == "complete":
        await run_all(queue)
    CALLS.clear()

    copy = await queue.duplicate("job")

    assert copy not in (None, "job")
    assert copy is not None
    assert (await log(queue, copy))[0]["copy_of"] == "job"
    await queue.redis.zrem(QUEUE, "job")
    await run_all(queue)
    assert [(copy, 1, ("ada",), "well")] == CALLS


async def test_of_an_unknown_job_there_is_no_copy(queue: Queue) -> None:
    assert await queue.duplicate("job") is None
    assert await queue.redis.zcard(QUEUE) == 0


# -- run now


async def test_a_deferred_job_becomes_due_and_the_idle_are_woken(queue: Queue) -> None:
    await queue.enqueue("greet", _job_id="job", _defer_by=3600)
    player = Player(queue)
    assert await player.claim() == []
    async with queue.redis.pubsub() as pubsub:
        await pubsub.subscribe(keys.wake(QUEUE))
        assert await queue.run_now("job") == "due_now"
        heard = [await pubsub.get_message(timeout=2) for _ in range(2)]
    assert [message and message["data"] for message in heard] == [1, b"wake"]
    assert [job.job_id for job in await player.claim()] == ["job"]
    assert await kinds(queue, "job") == ["enqueued", "due_now", "started"]


async def test_a_job_that_waits_for_its_next_try_becomes_due(queue: Queue) -> None:
    await queue.enqueue("greet", _job_id="job")
    player = Player(queue)
    await player.reschedule(await player.claim_one("job"), delay_ms=3_600_000)
    assert await queue.run_now("job") == "due_now"
    assert (await player.claim_one("job")).job_try == 2


async def test_jobs_that_do_not_wait_for_a_time_are_answered_and_left_alone(queue: Queue) -> None:
    player = Player(queue)
    for job_id in ("complete", "running", "queued"):
        await queue.enqueue("greet", _job_id=job_id)
    await player.finish(await player.claim_one("complete"))
    running = await player.claim_one("running")
    before = await player.state("queued")
    answers = await queue.run_now_many(["complete", "running", "queued", "other"])
    assert answers == ["finished", "running", "due_now", "unknown"]
    assert (await player.state("running"))["holder"] == running.holder
    assert await player.state("queued") == before
    assert await kinds(queue, "queued") == ["enqueued"]


# -- delete, empty


@pytest.mark.parametrize("state", ["queued", "deferred", "retrying", "lost", "complete"])
async def test_nothing_is_left_of_a_job_that_is_deleted(state: str, queue: Queue) -> None:
    await queue.enqueue("greet", _job_id="job", _defer_by=60 if state == "deferred" else None)
    player = Player(queue)
    if state not in ("queued", "deferred"):
        job = await player.claim_one("job")
        await queue.redis.zadd(keys.aborts(QUEUE), {"job": 1})
        if state == "retrying":
            await player.reschedule(job, delay_ms=1000)
        elif state == "lost":
            await player.let_lapse(job)
        else:
            await player.finish(job)

    assert await queue.delete("job") == "deleted"

    assert await left(queue, "job") == set()
    assert await player.state("job") == {"holder": None, "tries": None, "runner": None, "score": None}
    assert await queue.redis.exists(keys.aborts(QUEUE)) == 0
    assert (await kinds(queue, "job"))[-1] == "deleted"
    assert (await queue.look_up("job")).job.status == "not_found"
    assert await queue.enqueue("greet", _job_id="job") is not None


async def test_a_running_job_is_not_deleted(queue: Queue) -> None:
    await queue.enqueue("greet", _job_id="job")
    player = Player(queue)
    job = await player.claim_one("job")
    assert await queue.delete("job") == "running"
    assert await player.finish(job) == []


async def test_a_worker_that_runs_a_deleted_job_on_writes_nothing(queue: Queue) -> None:
    """Its lease lapsed, unknown to it, and so the job could be deleted."""
    await queue.enqueue("greet", _job_id="job")
    player = Player(queue)
    job = await player.claim_one("job")
    await player.let_lapse(job)
    assert await queue.delete("job") == "deleted"
    assert await player.beat(job) == (["job"], [])
    assert await player.finish(job) == ["job"]
    assert await player.reschedule(job) == ["job"]
    assert await left(queue, "job") == set()
    assert (await kinds(queue, "job"))[-1] == "deleted"


async def test_many_are_deleted_and_each_is_answered(queue: Queue) -> None:
    ids = [f"job-{n}" for n in range(1200)]
    await queue.enqueue_many([JobRequest("greet", job_id=job_id) for job_id in ids])
    running = await Player(queue).claim_one("job-700")
    answers = await queue.delete_many([*ids, "other"])
    assert [str(answer) for answer in answers].count("deleted") == 1199
    assert (answers[700], answers[1200]) == ("running", "unknown")
    assert await queue.redis.zcard(QUEUE) == 1
    assert (await Player(queue).state("job-700"))["holder"] == running.holder


async def test_a_queue_is_emptied_of_what_waits(queue: Queue) -> None:
    player = Player(queue)
    await queue.enqueue("greet", _job_id="complete")
    await player.finish(await player.claim_one("complete"))
    await queue.enqueue_many([JobRequest("greet", job_id=f"running-{n}") for n in range(700)])
    running = [*await player.claim(350), *await player.claim(350)]
    ids = [f"job-{n}" for n in range(1300)]
    await queue.enqueue_many(
        [JobRequest("greet", job_id=job_id, defer_by=n * 60) for n, job_id in enumerate(ids)]
    )

    assert await queue.empty() == 1300

    assert await queue.redis.zcard(QUEUE) == 700
    assert await queue.empty() == 0
    events = [event for event in await queue.events.read("0-0", count=100_000) if event.event == "deleted"]
    assert {event.job_id for event in events} == set(ids)
    assert await player.finish(*running) == []
    assert await queue.redis.exists(keys.result("complete")) == 1


async def test_jobs_are_aborted_together(queue: Queue) -> None:
    await queue.enqueue_many([JobRequest("greet", job_id=f"job-{n}") for n in range(30)])
    answers = await queue.abort_many([*[f"job-{n}" for n in range(30)], "other"], wait=0)
    assert answers == ["aborted"] * 30 + ["unknown"]
