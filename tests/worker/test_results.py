"""Results that cannot be kept: the job fails and says why; nothing waits behind it."""

import pytest

from arqlight import JobRequest, Queue, keys
from tests.helpers import eventually
from tests.servers import Valkey
from tests.worker.conftest import Start
from tests.worker.log import events, kinds, published, until_complete, until_event
from tests.worker.notes import Notes
from tests.worker.proxy import Proxy

MB = 1024 * 1024


async def test_a_result_that_cannot_be_serialised_fails_its_job_in_record_and_log(
    queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start()
    await queue.enqueue("give_lambda", _job_id="job")
    (job,) = await until_complete(queue, "job")

    assert job.outcome == "failed"
    assert job.error is not None
    assert "unable to serialize result" in job.error.message
    (event,) = await events(queue, "failed")
    assert event["error"]["message"] == job.error.message
    assert await events(queue, "succeeded") == []
    assert "! job:give_lambda failed, JobExecutionFailed: its result" in worker.output()
    assert "← job:give_lambda" not in worker.output()
    assert len(notes.all("started")) == 1
    await queue.enqueue("quick", 1, _job_id="next")
    await until_complete(queue, "next")
    assert worker.running


async def test_a_result_of_50_mb_is_kept_and_holds_up_nobody(queue: Queue, start: Start) -> None:
    start(max_jobs=10)
    await queue.enqueue("give_bytes", 50 * MB, _job_id="big")
    await queue.enqueue_many([JobRequest("quick", (n,), job_id=f"small-{n}") for n in range(50)])
    small = await until_complete(queue, *[f"small-{n}" for n in range(50)])
    (big,) = await until_complete(queue, "big", timeout=60)

    assert {job.outcome for job in small} == {"succeeded"}
    assert big.outcome == "succeeded"
    assert await queue.redis.strlen("arq:result:big") > 50 * MB
    (event,) = await events(queue, "succeeded", job_id="big")
    assert event["result_omitted"] is True


async def test_a_result_larger_than_may_be_fails_its_job(queue: Queue, start: Start, notes: Notes) -> None:
    worker = start(max_result_bytes=1000)
    for name, function, value in (("bytes", "give_bytes", 1001), ("list", "quick", ["x"] * 1000)):
        await queue.enqueue(function, value, _job_id=name)
        (job,) = await until_complete(queue, name)
        assert job.outcome == "failed"
        assert job.error is not None
        assert "is larger than max_result_bytes, 1,000" in job.error.message
    await queue.enqueue("give_bytes", 100, _job_id="small")
    (job,) = await until_complete(queue, "small")
    assert job.outcome == "succeeded"

    async def both_are_counted() -> bool:
        return (await published(queue, worker)).jobs_failed == 2

    await eventually(both_are_counted)


async def test_a_failed_cron_job_can_be_looked_up(queue: Queue, start: Start, notes: Notes) -> None:
    start("FailingCron")
    (note,) = await notes.until()
    (job,) = await until_complete(queue, note.job_id)
    assert (job.outcome, job.function) == ("failed", "doomed")
    assert 3500 < await queue.redis.ttl(keys.result(note.job_id)) <= 3600


@pytest.mark.parametrize("size", [2 * MB, 50 * MB])
async def test_a_result_that_redis_refuses_fails_its_job_and_holds_up_nobody(
    size: int, start: Start, notes: Notes
) -> None:
    with Valkey(proto_max_bulk_len="1mb") as server:
        async with Queue.connect(server.url) as queue:
            start(redis_url=server.url, max_jobs=10)
            await queue.enqueue("give_bytes", size, _job_id="big")
            await queue.enqueue_many([JobRequest("quick", (n,), job_id=f"small-{n}") for n in range(50)])
            (big,) = await until_complete(queue, "big")
            small = await until_complete(queue, *[f"small-{n}" for n in range(50)])

            assert {job.outcome for job in small} == {"succeeded"}
            assert big.outcome == "failed"
            assert big.error is not None
            assert "cannot be stored" in big.error.message
            assert await kinds(queue, "big") == ["enqueued", "started", "failed"]
            assert len(notes.all("started", "big")) == 1


async def test_a_result_that_takes_longer_than_the_lease_to_send_is_kept(start: Start, notes: Notes) -> None:
    """Over a slow line: 5 MB at 2 MB/s, with a lease of 1 s."""
    with Valkey() as server:
        async with Queue.connect(server.url) as queue, Proxy(server.port) as proxy:
            proxy.bytes_per_s = 2 * MB
            worker = start(redis_url=proxy.url, lease=1, max_jobs=10, wait=False)
            await queue.enqueue("give_bytes", 5 * MB, _job_id="big")
            await queue.enqueue_many([JobRequest("quick", (n,), job_id=f"small-{n}") for n in range(20)])
            (big,) = await until_complete(queue, "big", timeout=40)
            await until_complete(queue, *[f"small-{n}" for n in range(20)])

            assert big.outcome == "succeeded"
            assert len(notes.all("started", "big")) == 1
            await eventually(lambda: worker.running)


async def test_many_jobs_with_large_arguments_are_claimed_over_a_slow_line(
    start: Start, notes: Notes
) -> None:
    """30 jobs of 500 kB, which one claim would take, at 6 MB/s with a lease of 2 s."""
    with Valkey() as server:
        async with Queue.connect(server.url) as queue, Proxy(server.port) as proxy:
            ids = [f"job-{n}" for n in range(30)]
            await queue.enqueue_many([JobRequest("fail", ("x" * 500_000,), job_id=i) for i in ids])
            proxy.bytes_per_s = 6 * MB
            start(redis_url=proxy.url, lease=2, max_jobs=30, keep_result=0, wait=False)

            jobs = await notes.until(30, timeout=60)
            assert {note.job_try for note in jobs} == {1}


async def test_an_error_whose_own_methods_raise_fails_its_job(queue: Queue, start: Start) -> None:
    worker = start()
    await queue.enqueue("raise_hostile", _job_id="job")
    (job,) = await until_complete(queue, "job")
    assert job.outcome == "failed"
    assert job.error is not None
    assert job.error.type.endswith("Hostile")
    await queue.enqueue("quick", _job_id="next")
    await until_complete(queue, "next")
    assert worker.running


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("leave", "the function called sys.exit(3)"),
        ("leave_from_thread", "the function called sys.exit('enough')"),
        ("raise_unusual", "not an Exception"),
    ],
)
async def test_a_function_that_would_end_the_process_fails_its_job_alone(
    function: str, message: str, queue: Queue, start: Start, notes: Notes
) -> None:
    worker = start()
    await queue.enqueue("hold", _job_id="bystander")
    await notes.until()
    await queue.enqueue(function, _job_id="job")
    (job,) = await until_complete(queue, "job")
    notes.release()
    (bystander,) = await until_complete(queue, "bystander")

    assert job.outcome == "failed"
    assert job.error is not None
    assert job.error.message == message
    assert (bystander.outcome, bystander.job_try) == ("succeeded", 1)
    assert worker.running


async def test_results_that_are_not_kept_leave_only_a_mark_that_the_job_ended(
    queue: Queue, start: Start
) -> None:
    start()
    await queue.enqueue("quick_unkept", _job_id="job")

    async def is_gone() -> bool:
        return await kinds(queue, "job") == ["enqueued", "started", "succeeded"]

    await eventually(is_gone)
    assert await queue.redis.keys("*job") == [b"arqlight:ended:job"]
    assert 0 < await queue.redis.ttl("arqlight:ended:job") <= 60


async def test_what_is_not_to_be_kept_is_not_in_the_log_either(queue: Queue, start: Start) -> None:
    start()
    await queue.enqueue("quick_unkept", "secret", _job_id="job")
    (event,) = await until_event(queue, "succeeded", job_id="job")
    assert event["result"] is None
