"""What an abort of a job that waits does to claims and marks of other workers."""

import pytest
from arq.connections import ArqRedis
from redis.exceptions import WatchError

from arqlight import Queue, keys


async def test_a_plain_arq_worker_that_is_about_to_claim_an_aborted_job_does_not_get_it(
    queue: Queue, redis: ArqRedis
) -> None:
    await queue.enqueue("nap", _job_id="job")
    in_progress = keys.IN_PROGRESS_PREFIX + "job"
    async with redis.pipeline(transaction=True) as claim:
        # As arq does: watch, look whether the job is free and due, take it.
        await claim.watch(in_progress)
        assert not await claim.exists(in_progress)
        assert await claim.zscore(keys.DEFAULT_QUEUE, "job")

        assert await queue.abort("job") == "aborted"

        claim.multi()  # type: ignore[no-untyped-call]
        claim.psetex(in_progress, 10_000, b"1")
        with pytest.raises(WatchError):
            await claim.execute()
    assert not await redis.exists(in_progress)


async def test_the_marks_of_an_abort_go_with_a_job_that_is_aborted_after_its_worker_was_lost(
    queue: Queue, redis: ArqRedis
) -> None:
    await queue.enqueue("nap", _job_id="job")
    in_progress = keys.IN_PROGRESS_PREFIX + "job"
    await redis.set(in_progress, "worker:1:0")
    assert await queue.abort("job", wait=0) == "requested"
    await redis.delete(in_progress)

    assert await queue.abort("job") == "aborted"

    assert not await redis.exists(keys.ARQ_ABORTS, keys.aborts(keys.DEFAULT_QUEUE))
