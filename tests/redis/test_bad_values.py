"""Whatever stands in a key of a job, the scripts go on, and so does all that reads what they return."""

from typing import Any

import pytest
from arq.constants import abort_jobs_ss

from arqlight import Queue, Worker, keys
from tests.redis.lease import QUEUE, Player, kinds, log

COUNTS = ["nan", "inf", "-inf", "9" * 400, "-3", "", "1.5", "007x", "\x00", "one"]


async def nap(ctx: dict[str, Any]) -> str:
    return "slept"


async def run_all(queue: Queue, **settings: Any) -> None:
    worker = Worker([nap], redis_pool=queue.redis, burst=True, handle_signals=False, **settings)
    await worker.main()


async def ended(queue: Queue, job_id: str = "job") -> str | None:
    job = (await queue.look_up(job_id)).job
    assert job.status == "complete"
    return job.outcome


@pytest.mark.parametrize("count", COUNTS)
async def test_a_job_whose_try_counter_is_no_number_runs(count: str, queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    await queue.redis.set(keys.RETRY_PREFIX + "job", count)
    assert (await queue.look_up("job")).job.job_try == 0
    await run_all(queue)
    assert await ended(queue) == "succeeded"
    assert (await queue.look_up("job")).job.job_try == 1


async def test_a_try_counter_of_many_tries_ends_the_job_with_a_reason(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    await queue.redis.set(keys.RETRY_PREFIX + "job", "9" * 15)
    await run_all(queue)
    job = (await queue.look_up("job")).job
    assert (job.outcome, job.error and job.error.message) == ("failed", "max 5 retries exceeded")


@pytest.mark.parametrize("uncharged", [True, False])
@pytest.mark.parametrize("count", [*COUNTS, "01"])
async def test_a_job_whose_counter_is_spoilt_while_it_runs_is_given_back(
    count: str, queue: Queue, *, uncharged: bool
) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    job = await player.claim_one("job")
    await queue.redis.set(keys.RETRY_PREFIX + "job", count)
    assert await player.reschedule(job, released=uncharged) == []
    assert (await player.claim_one("job")).job_try >= 1


@pytest.mark.parametrize("count", COUNTS)
async def test_a_claim_that_was_cut_off_is_given_back_whatever_its_counter_says(
    count: str, queue: Queue
) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    await player.claim_one("job")
    await queue.redis.set(keys.RETRY_PREFIX + "job", count)
    assert await player.recover() == 1
    assert (await log(queue, "job"))[-1]["job_try"] == 1


@pytest.mark.parametrize("score", ["inf", "-inf", 1e300, -5])
async def test_an_abort_that_was_asked_at_no_real_time_ends_no_worker(score: Any, queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    await queue.redis.zadd(abort_jobs_ss, {"job": score})
    await run_all(queue, allow_abort_jobs=True)
    assert await ended(queue) == ("aborted" if score in ("inf", 1e300) else "succeeded")


@pytest.mark.parametrize("score", ["inf", "-inf", -5])
async def test_a_job_that_is_due_at_no_real_time_runs_now(score: Any, queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    await queue.redis.zadd(QUEUE, {"job": score})
    before = (await queue.look_up("job")).job
    assert before.status in ("queued", "deferred")
    await run_all(queue)
    assert await ended(queue) == "succeeded"


async def test_a_job_that_is_due_in_very_many_years_is_deferred(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    await queue.redis.zadd(QUEUE, {"job": 1e300})
    assert await Player(queue).claim() == []
    assert (await queue.look_up("job")).job.status == "deferred"


@pytest.mark.parametrize("prefix", ["JOB", "RETRY", "IN_PROGRESS", "RESULT", "PROGRESS", "ENDED"])
async def test_a_key_of_another_type_stops_neither_claim_nor_look_up(prefix: str, queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    await queue.enqueue("nap", _job_id="other")
    key = getattr(keys, f"{prefix}_PREFIX") + "job"
    await queue.redis.delete(key)
    await queue.redis.rpush(key, "an", "element")  # type: ignore[misc]
    await queue.look_up_many(["job", "other"])
    await run_all(queue)
    assert await ended(queue, "other") == "succeeded"
    assert await queue.redis.zcard(QUEUE) == 0
    assert len(await kinds(queue, "job")) >= 2
    assert await queue.abort("job", wait=0) in ("finished", "unknown")


async def test_keys_that_change_their_type_while_a_job_runs_stop_nothing(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    job = await player.claim_one("job")
    for prefix in (keys.RETRY_PREFIX, keys.IN_PROGRESS_PREFIX, keys.PROGRESS_PREFIX):
        await queue.redis.delete(prefix + "job")
        await queue.redis.rpush(prefix + "job", "an", "element")  # type: ignore[misc]
    scripts = queue.redis.scripts
    assert await scripts.progress(QUEUE, [("job", job.holder, "{}")], expiry_ms=1000) == 0
    await scripts.note(QUEUE, "job", holder=job.holder, event="abort_ignored", data="{}")
    assert (await player.beat(job))[1] == []
    await player.finish(job)
    assert await queue.abort("job", wait=0) in ("aborted", "finished", "unknown")


@pytest.mark.parametrize("runner", ["", ":", "nobody", "\x00:1", 'a"b:1', "w:" + "9" * 400, "w:nan"])
async def test_a_noted_runner_that_is_none_is_not_told_of(runner: str, queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    await queue.redis.hset(keys.running(QUEUE), "job", runner)  # type: ignore[misc]
    await queue.redis.set(keys.RETRY_PREFIX + "job", runner.rpartition(":")[2])
    player = Player(queue)
    assert await player.recover() == 0
    assert (await player.claim_one("job")).lost_by == ""
    assert await kinds(queue, "job") == ["enqueued", "started"]


@pytest.mark.parametrize("count", ["nan", "9" * 400, ""])
async def test_a_count_of_outcomes_that_is_no_number_begins_anew(count: str, queue: Queue) -> None:
    await queue.redis.hset(keys.counters(QUEUE), "succeeded", count)  # type: ignore[misc]
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    assert await player.finish(await player.claim_one("job")) == []
    assert await queue.redis.hget(keys.counters(QUEUE), "succeeded") == b"1"  # type: ignore[misc]


@pytest.mark.parametrize(
    "member",
    [
        b"\xff\xfe",
        b"\x80",
        b"\xc3",
        b"\xc3a\xa9",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xe0\x80\x80",
        b"\xf0\x80\x80\x80",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        "é".encode() + b"\xa9",
    ],
)
async def test_a_member_of_the_queue_that_is_no_text_is_removed(member: bytes, queue: Queue) -> None:
    with pytest.raises(UnicodeDecodeError):
        member.decode()
    await queue.redis.zadd(QUEUE, {member: 1000})
    await queue.enqueue("nap", _job_id="job")
    assert [job.job_id for job in await Player(queue).claim(1)] == ["job"]
    assert await queue.redis.zscore(QUEUE, member) is None
    assert await queue.redis.exists(keys.IN_PROGRESS_PREFIX.encode() + member) == 0


@pytest.mark.parametrize("job_id", ["é", "日本", "\ud7ff\ue000", "𝄞", "\U0010ffff", "߿ࠀ"])
async def test_any_text_is_a_job_id(job_id: str, queue: Queue) -> None:
    await queue.enqueue("nap", _job_id=job_id)
    assert [job.job_id for job in await Player(queue).claim()] == [job_id]
