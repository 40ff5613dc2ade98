"""Aborting jobs wherever they are, within a second, with one true answer."""

import time
from typing import Any

import pytest
from arq.connections import ArqRedis
from arq.jobs import Job as ArqJob

from arqlight import AbortAnswer, JobRequest, JobStatus, Queue
from tests.worker.conftest import Start
from tests.worker.log import events, final_events, kinds, published, until_complete, until_event
from tests.worker.notes import Notes

AT_ONCE_S = 1.0
# The default lease: its heartbeat alone would be too late.
LEASE_S = 15


async def is_aborted(queue: Queue, job_id: str) -> None:
    """Check that record, log and queue agree."""
    job = (await queue.look_up(job_id)).job
    assert (job.status, job.outcome) == (JobStatus.complete, "aborted")
    assert [e["event"] for e in await final_events(queue) if e["job_id"] == job_id] == ["aborted"]
    assert await queue.redis.keys(f"*{job_id}") == [f"arq:result:{job_id}".encode()]
    assert await queue.redis.zscore("arq:queue", job_id) is None
    assert await queue.redis.zscore("arq:abort", job_id) is None
    assert await queue.redis.exists("arqlight:queue:arq:queue:aborts") == 0


async def test_a_running_job_is_aborted(queue: Queue, start: Start, notes: Notes) -> None:
    start(lease=LEASE_S)
    await queue.enqueue_many([JobRequest("hold", job_id=job_id) for job_id in ("job", "bystander")])
    await notes.until(2)

    asked_at = time.monotonic()
    assert await queue.abort("job") == AbortAnswer.aborted
    assert time.monotonic() - asked_at < AT_ONCE_S
    assert [note.job_id for note in notes.all("cancelled")] == ["job"]
    await is_aborted(queue, "job")
    notes.release()
    (bystander,) = await until_complete(queue, "bystander")
    assert (bystander.outcome, bystander.job_try) == ("succeeded", 1)


async def test_100_running_jobs_are_aborted(queue: Queue, start: Start, notes: Notes) -> None:
    start(lease=LEASE_S)
    ids = [f"job-{n}" for n in range(100)]
    await queue.enqueue_many([JobRequest("hold", job_id=job_id) for job_id in ids])
    await notes.until(100)

    assert {await queue.abort(job_id) for job_id in ids} == {AbortAnswer.aborted}
    assert len(await final_events(queue)) == 100


@pytest.mark.parametrize("defer_by", [None, 3600], ids=["queued", "deferred"])
async def test_a_waiting_job_is_aborted_without_a_worker(
    defer_by: int | None, queue: Queue, start: Start, notes: Notes
) -> None:
    await queue.enqueue("hold", 1, _job_id="job", _defer_by=defer_by)
    assert await queue.abort("job") == AbortAnswer.aborted
    await is_aborted(queue, "job")
    job = (await queue.look_up("job")).job
    assert (job.function, job.args, job.job_try) == ("hold", [1], 0)

    start()
    await queue.enqueue("quick", _job_id="other")
    await until_complete(queue, "other")
    assert notes.all(job_id="job") == []


async def test_a_job_that_waits_for_its_next_try_is_aborted(queue: Queue, start: Start, notes: Notes) -> None:
    start()
    await queue.enqueue("again", 5, 3600, _job_id="job")
    await until_event(queue, "retrying")
    assert await queue.abort("job") == AbortAnswer.aborted
    await is_aborted(queue, "job")
    assert (await queue.look_up("job")).job.job_try == 1


async def test_plain_arq_sees_that_a_job_was_aborted(
    queue: Queue, redis: ArqRedis, start: Start, notes: Notes
) -> None:
    start()
    await queue.enqueue("hold", _job_id="running")
    await notes.until()
    await queue.enqueue("hold", _job_id="waiting", _defer_by=3600)
    for job_id in ("running", "waiting"):
        assert await queue.abort(job_id) == AbortAnswer.aborted
        info = await ArqJob(job_id, redis).result_info()
        assert info is not None
        assert (info.success, type(info.result).__name__) == (False, "CancelledError")


async def test_a_finished_and_an_unknown_job_are_told_apart(queue: Queue, start: Start) -> None:
    start()
    await queue.enqueue("quick", _job_id="job")
    await until_complete(queue, "job")
    assert await queue.abort("job") == AbortAnswer.finished
    assert await queue.abort("no such job") == AbortAnswer.unknown
    job = (await queue.look_up("job")).job
    assert job.outcome == "succeeded"
    assert len(await final_events(queue)) == 1


async def test_a_job_aborted_twice_is_finished_the_second_time(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start()
    await queue.enqueue("hold", _job_id="job")
    await notes.until()
    assert await queue.abort("job") == AbortAnswer.aborted
    assert await queue.abort("job") == AbortAnswer.finished
    await is_aborted(queue, "job")


@pytest.mark.parametrize("function", ["hold_unkept", "hold"])
async def test_an_aborted_job_whose_result_is_not_kept_counts_as_aborted(
    function: str, queue: Queue, start: Start, notes: Notes
) -> None:
    start(keep_result=0)
    await queue.enqueue(function, _job_id="job")
    await notes.until()
    assert await queue.abort("job") == AbortAnswer.aborted
    assert await kinds(queue, "job") == ["enqueued", "started", "aborted"]


async def test_a_job_that_swallows_its_cancellation_is_reported_and_ends_as_it_ends(
    queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start()
    await queue.enqueue("stubborn", _job_id="job")
    await notes.until()
    assert await queue.abort("job") == AbortAnswer.requested
    (event,) = await until_event(queue, "abort_ignored")
    assert (event["job_id"], event["job_try"], event["function"]) == ("job", 1, "stubborn")
    assert "was told to abort and runs on" in worker.output()

    notes.release()
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.result) == ("succeeded", "as if nothing had happened")
    assert await kinds(queue, "job") == ["enqueued", "started", "abort_ignored", "succeeded"]
    assert await queue.abort("job") == AbortAnswer.finished


async def test_a_blocking_function_cannot_be_interrupted_and_is_reported(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start()
    await queue.enqueue("block", _job_id="job")
    await notes.until()
    assert await queue.abort("job") == AbortAnswer.requested
    await until_event(queue, "abort_ignored")
    notes.release()
    (job,) = await until_complete(queue, "job")
    assert (job.outcome, job.result) == ("succeeded", "blocked")


async def test_a_job_that_answers_its_cancellation_with_an_error_fails_and_is_reported(
    queue: Queue, start: Start, notes: Notes
) -> None:
    start()
    await queue.enqueue("sore", _job_id="job")
    await notes.until()
    assert await queue.abort("job") == AbortAnswer.finished
    assert await kinds(queue, "job") == ["enqueued", "started", "abort_ignored", "failed"]


async def test_an_aborted_job_is_not_tried_again_because_its_clean_up_failed(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """Its retry policy would have it, its abort does not."""
    start()
    await queue.enqueue("sore_with_retries", _job_id="job")
    await notes.until()
    answer = await queue.abort("job", wait=2)

    (job,) = await until_complete(queue, "job")
    assert (answer, job.outcome) in {(AbortAnswer.aborted, "aborted"), (AbortAnswer.finished, "failed")}
    assert len(notes.all("started")) == 1


async def test_an_abort_survives_the_worker_that_should_have_heard_it(
    queue: Queue, start: Start, notes: Notes
) -> None:
    first = start()
    await queue.enqueue("stubborn", _job_id="job")
    await notes.until()
    assert await queue.abort("job", wait=0.1) == AbortAnswer.requested
    first.kill()
    start()
    await notes.until(2)
    await notes.until(2, "cancelled")


async def test_an_abort_of_an_earlier_job_never_hits_a_later_one_of_its_id(
    queue: Queue, redis: ArqRedis, start: Start, notes: Notes
) -> None:
    """The first ran on a plain arq worker, which ignores aborts; arq's marks stay for ever."""
    plain = start("Plain", kind="arq")
    await redis.enqueue_job("hold", _job_id="job")
    await notes.until()
    assert await queue.abort("job", wait=0) == AbortAnswer.requested
    await redis.zadd("arq:abort", {"job": int(time.time() * 1000)})
    notes.release()
    await until_complete(queue, "job")
    plain.kill()
    await redis.delete("arq:result:job", "arq:in-progress:job")

    start(allow_abort_jobs=True, keep_result=0)
    for count in (1, 2):
        await redis.zadd("arq:abort", {"job": int(time.time() * 1000) - 1})
        if count == 1:
            await redis.enqueue_job("take", 1, _job_id="job")
        else:
            await queue.enqueue("take", 1, _job_id="job")
        # Not only run: until its end is in Redis, its id is taken.
        await until_event(queue, "succeeded", count=count)
    assert notes.all("cancelled") == []
    assert await events(queue, "aborted") == []


async def test_arqs_abort_works_with_its_setting(
    queue: Queue, redis: ArqRedis, start: Start, notes: Notes
) -> None:
    start(allow_abort_jobs=True)
    running = await redis.enqueue_job("hold", _job_id="running")
    await notes.until()
    deferred = await redis.enqueue_job("hold", _job_id="deferred", _defer_by=3600)
    assert running is not None
    assert deferred is not None

    assert await running.abort(timeout=5, poll_delay=0.05)
    assert await deferred.abort(timeout=5, poll_delay=0.05)
    for job_id in ("running", "deferred"):
        await is_aborted(queue, job_id)


async def test_arqs_abort_is_passed_over_without_its_setting(
    queue: Queue, redis: ArqRedis, start: Start, notes: Notes
) -> None:
    start()
    job = await redis.enqueue_job("take", 0.5, _job_id="job")
    await notes.until()
    assert job is not None
    await redis.zadd("arq:abort", {"job": int(time.time() * 1000) + 1000})
    assert await job.result(timeout=5) == 0.5


async def test_a_job_aborted_between_its_claim_and_its_start_is_aborted(
    queue: Queue, start: Start, notes: Notes
) -> None:
    """The abort reaches the worker before the reply to its claim does; the next heartbeat is far."""
    worker = start("SlowStart", lease=LEASE_S)
    await published(queue, worker)
    await queue.enqueue("hold", _job_id="job")
    await until_event(queue, "started")
    assert notes.all("started") == []
    assert await queue.abort("job") == AbortAnswer.aborted
    await is_aborted(queue, "job")


async def test_aborts_under_load_have_one_true_answer(queue: Queue, start: Start, notes: Notes) -> None:
    start(max_jobs=20)
    ids = [f"job-{n}" for n in range(200)]
    await queue.enqueue_many([JobRequest("take", (0.05,), job_id=job_id) for job_id in ids])
    answers = {job_id: await queue.abort(job_id, wait=5) for job_id in ids[::2]}
    jobs = {job.job_id: job for job in await until_complete(queue, *ids)}

    for job_id, answer in answers.items():
        expected = "aborted" if answer == AbortAnswer.aborted else "succeeded"
        assert jobs[job_id].outcome == expected, answer
    assert {jobs[job_id].outcome for job_id in ids[1::2]} == {"succeeded"}
    assert len(await final_events(queue)) == 200
    assert await queue.redis.exists("arqlight:queue:arq:queue:aborts", "arq:abort") == 0


@pytest.mark.parametrize(
    ("function", "options"), [("block_most_one_second", {"threads": 2}), ("stubborn", {"job_timeout": 1})]
)
async def test_a_job_that_ignores_its_abort_still_ends_by_its_timeout(
    function: str, options: dict[str, Any], queue: Queue, start: Start, notes: Notes
) -> None:
    start(max_jobs=1, **options)
    await queue.enqueue(function, _job_id="job")
    await notes.until()
    assert await queue.abort("job", wait=0) == "requested"
    await queue.enqueue("quick", _job_id="next")
    await until_complete(queue, "next")
    notes.release()
