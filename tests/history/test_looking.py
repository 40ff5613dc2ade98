"""What no event tells: plain arq's jobs, gaps in the log, a log that is kept for a recorder that is away."""

from typing import Any

import pytest
from arq.connections import ArqRedis
from arq.worker import Worker as PlainWorker

from arqlight import Queue, Worker, keys
from arqlight.history import History, JobFilter, Recorder, RecorderSettings, run_recorder
from arqlight.history.looking import Looker
from arqlight.history.reading import RecordReader
from arqlight.redaction import DEFAULT
from tests.helpers import eventually


async def double(ctx: dict[Any, Any], number: int) -> int:
    return 2 * number


async def refuse(ctx: dict[Any, Any], number: int) -> None:
    raise ValueError(f"not {number}")


async def run_plain_arq(redis: ArqRedis, jobs: int) -> None:
    worker = PlainWorker(
        [double, refuse],
        redis_pool=redis,
        burst=True,
        max_burst_jobs=jobs,
        poll_delay=0.02,
        handle_signals=False,
    )
    await worker.main()


async def outcomes(history: History) -> dict[str, int]:
    counts = (await history.counts()).counts
    return {name: count.value for name, count in counts.items() if count.value}


async def test_jobs_of_plain_arq_alone_are_seen(redis: ArqRedis, queue: Queue, history: History) -> None:
    async with run_recorder(queue, history):
        done = await redis.enqueue_job("double", 2)
        failed = await redis.enqueue_job("refuse", 3)
        await redis.enqueue_job("double", 4, _defer_by=3600)
        assert done is not None
        assert failed is not None

        async def waiting() -> bool:
            return await outcomes(history) == {"queued": 2, "deferred": 1}

        await eventually(waiting, timeout=15)
        await run_plain_arq(redis, 2)

        async def ended() -> bool:
            return await outcomes(history) == {"succeeded": 1, "failed": 1, "deferred": 1}

        await eventually(ended, timeout=15)
    found = await history.job(done.job_id)
    assert found is not None
    assert (found.job.source, found.job.call, found.result) == ("plain_arq", "double(2)", 4)
    assert found.job.run_ms is not None
    listed = await history.jobs(JobFilter(error="not 3"))
    assert [(job.job_id, job.error_type) for job in listed.jobs] == [(failed.job_id, "ValueError")]
    stats = await history.stats()
    assert sum(sum(point.counts.values()) for point in stats.series[0].points) == 2


async def test_a_job_that_is_deleted_after_it_was_seen_does_not_come_back(queue: Queue) -> None:
    redis = queue.redis
    looker = Looker(redis, RecordReader(redis, DEFAULT), DEFAULT)
    gone, kept = [await queue.enqueue("double", number, _defer_by=3600) for number in range(2)]
    await looker.look_up([(queue.queue_name, job.job_id) for job in (gone, kept)])
    await queue.delete(gone.job_id)
    await looker.forget_gone()
    assert [seen.job.job_id for seen in looker._pending] == [kept.job_id]


async def test_a_job_of_ours_that_plain_arq_ran_is_complete(
    redis: ArqRedis, queue: Queue, history: History
) -> None:
    async with run_recorder(queue, history):
        job = await queue.enqueue("double", 2)

        async def queued() -> bool:
            return await outcomes(history) == {"queued": 1}

        await eventually(queued, timeout=15)
        await run_plain_arq(redis, 1)

        async def ended() -> bool:
            return await outcomes(history) == {"succeeded": 1}

        await eventually(ended, timeout=15)
    found = await history.job(job.job_id)
    assert found is not None
    assert found.incarnations == []
    assert (found.job.source, found.job.call) == ("events", "double(2)")


async def test_a_gap_in_the_log_is_told_and_healed(queue: Queue, history: History) -> None:
    recorder = Recorder(queue.redis, history)
    assert await recorder._take_over()
    seen = await queue.enqueue("double", 1)
    vanishing = await queue.enqueue("double", 9)
    assert await recorder.step() == 2
    await recorder._lock.release()
    # What happens now is in the log for a moment only.
    await queue.abort(vanishing.job_id)
    await queue.redis.delete(keys.result(vanishing.job_id))
    unseen = await queue.enqueue("double", 2)
    worker = Worker([double], redis_pool=queue.redis, burst=True, poll_delay=0.05, handle_signals=False)
    await worker.main()
    await queue.redis.xtrim(keys.EVENTS, maxlen=1, approximate=False)

    async with run_recorder(queue, history):

        async def healed() -> bool:
            gaps = (await history.recording()).gaps
            return bool(gaps) and gaps[0].healed_ms is not None

        await eventually(healed, timeout=30)
    assert await outcomes(history) == {"succeeded": 2, "not_found": 1}
    found = await history.job(unseen.job_id)
    assert found is not None
    assert found.job.outcome == "succeeded"
    found = await history.job(seen.job_id)
    assert found is not None
    assert (found.job.outcome, found.incarnations) == ("succeeded", [])
    (gap,) = (await history.recording()).gaps
    assert gap.jobs_mended >= 2


async def test_a_redis_that_lost_its_log_is_recorded_on(queue: Queue, history: History) -> None:
    recorder = Recorder(queue.redis, history)
    assert await recorder._take_over()
    await queue.enqueue("double", 1)
    await recorder.step()
    await queue.redis.flushall()
    await queue.redis.xadd(
        keys.EVENTS, {"event": "paused", "job_id": "", "queue": "q", "data": "{}"}, id="5-0"
    )
    await recorder.step()
    assert await recorder.step() == 1
    assert await history.event_id() == "5-0"
    assert len((await history.recording()).gaps) == 1


@pytest.mark.parametrize("history_url", ["sqlite"], indirect=True)
async def test_the_log_is_kept_for_a_recorder_up_to_a_hard_cap(redis_url: str, history: History) -> None:
    async with Queue.connect(redis_url, log_cap=100) as queue:
        for _ in range(10):
            await _enqueue(queue, 100)
        assert await queue.redis.xlen(keys.EVENTS) < 400
        recorder = Recorder(queue.redis, history, RecorderSettings(hard_cap=2_000))
        assert await recorder._take_over()
        await recorder.step()
        before = await queue.redis.xlen(keys.EVENTS)
        for _ in range(10):
            await _enqueue(queue, 100)
        assert await queue.redis.xlen(keys.EVENTS) == before + 1_000
        for _ in range(20):
            await _enqueue(queue, 100)
        assert await queue.redis.xlen(keys.EVENTS) < 2_400
        while await recorder.step():
            pass
        await recorder._keep_house(at_rest=True)
        assert await queue.redis.xlen(keys.EVENTS) < 400


async def _enqueue(queue: Queue, count: int) -> None:
    from arqlight import JobRequest

    await queue.enqueue_many([JobRequest("double", (n,)) for n in range(count)])
