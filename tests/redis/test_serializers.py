"""Jobs whose records are JSON, msgpack or signed: enqueued, run, shown, aborted, run again."""

import pickle
from typing import Any

import pytest
from arq.jobs import Job as ArqJob

from arqlight import Queue, Worker, keys
from arqlight.serializers import Json, Signed

KEY = "a-key-of-the-tests-0123456789"
EVERY = ["json", "msgpack", Signed("json", [KEY]), Signed("pickle", [KEY])]
every_serializer = pytest.mark.parametrize(
    "serializer", EVERY, ids=["json", "msgpack", "signed", "sealed pickle"]
)


async def double(ctx: dict[str, Any], value: int) -> dict[str, Any]:
    return {"twice": value * 2}


async def give(ctx: dict[str, Any]) -> object:
    return object()


async def fail(ctx: dict[str, Any]) -> None:
    raise ValueError("no luck")


async def run_all(queue: Queue, serializer: Any) -> None:
    worker = Worker(
        [double, fail, give], serializer=serializer, redis_pool=queue.redis, burst=True, handle_signals=False
    )
    await worker.main()


@every_serializer
async def test_jobs_run_and_are_shown_with_their_results(redis_url: str, serializer: Any) -> None:
    async with Queue.connect(redis_url, serializer=serializer) as queue:
        job = await queue.enqueue("double", 21, _job_id="one")
        await queue.enqueue("fail", _job_id="two")
        assert (await queue.look_up("one")).job.args == [21]
        await run_all(queue, serializer)
        shown = (await queue.look_up("one")).job
        assert (shown.outcome, shown.result, shown.unreadable) == ("succeeded", {"twice": 42}, None)
        failed = (await queue.look_up("two")).job
        assert failed.error is not None
        assert (failed.outcome, failed.error.type, failed.error.message) == (
            "failed",
            "ValueError",
            "no luck",
        )
        assert job is not None
        assert await job.result(timeout=1) == {"twice": 42}
        with pytest.raises(ValueError, match="no luck"):
            await ArqJob("two", queue.redis, _deserializer=queue.redis.job_deserializer).result(timeout=1)


@every_serializer
async def test_jobs_are_aborted_and_run_again(redis_url: str, serializer: Any) -> None:
    async with Queue.connect(redis_url, serializer=serializer) as queue:
        await queue.enqueue("double", 21, _job_id="one")
        assert await queue.abort("one") == "aborted"
        shown = (await queue.look_up("one")).job
        assert (shown.function, shown.args, shown.outcome) == ("double", [21], "aborted")
        assert await queue.retry("one") == "enqueued"
        await run_all(queue, serializer)
        assert (await queue.look_up("one")).job.result == {"twice": 42}
        copy = await queue.duplicate("one")
        assert copy is not None
        await run_all(queue, serializer)
        assert (await queue.look_up(copy)).job.result == {"twice": 42}


@pytest.mark.parametrize("serializer", ["json", Signed("pickle", [KEY])], ids=["json", "signed"])
async def test_a_pickle_that_someone_put_into_redis_is_not_run(
    redis_url: str, tmp_path: Any, serializer: Any
) -> None:
    proof = tmp_path / "proof"

    class Touch:
        def __reduce__(self) -> tuple[Any, ...]:
            return open, (str(proof), "w")

    record: dict[str, Any] = {"t": None, "f": "double", "a": (Touch(),), "k": {}, "et": 1_764_000_000_000}
    async with Queue.connect(redis_url, serializer=serializer) as queue:
        await queue.redis.set(keys.job("evil"), pickle.dumps(record))
        await queue.redis.zadd("arq:queue", {"evil": 1})
        await run_all(queue, serializer)
        assert not proof.exists()
        assert (await queue.look_up("evil")).job.outcome == "failed"


async def test_what_is_not_signed_well_gets_no_good_signature_by_a_retry_or_a_copy(redis_url: str) -> None:
    forged = {"t": 1, "f": "double", "a": (1,), "k": {}, "et": 5, "s": True, "r": 1, "st": 6, "ft": 7}
    other = Signed("pickle", ["another-key-0123456789"])
    async with Queue.connect(redis_url, serializer=Signed("pickle", [KEY])) as queue:
        for data in (pickle.dumps(forged), other.dumps(forged)):
            await queue.redis.set(keys.result("forged"), data)
            assert await queue.retry("forged") == "no_record"
            assert await queue.duplicate("forged") is None


async def test_a_job_that_succeeded_is_not_shown_as_failed_where_its_serializer_is_missing(
    redis_url: str, queue: Queue
) -> None:
    async with Queue.connect(redis_url, serializer="json") as writing:
        await writing.enqueue("double", 21, _job_id="one")
        await run_all(writing, "json")
    shown = (await queue.look_up("one")).job
    assert (shown.status, shown.outcome, shown.error, shown.result) == ("complete", None, None, None)
    assert shown.unreadable is not None
    assert "no serializer is named here that reads it" in shown.unreadable


async def test_what_a_serializer_cannot_carry_is_told_as_the_reason(redis_url: str) -> None:
    async with Queue.connect(redis_url, serializer=Json()) as queue:
        await queue.enqueue("give", _job_id="one")
        await run_all(queue, "json")
        error = (await queue.look_up("one")).job.error
        assert error is not None
        assert error.message == "unable to serialize result: it is a builtins.object"
