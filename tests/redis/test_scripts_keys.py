"""Which keys a job leaves behind, and for how long."""

from functools import cache

import pytest

from arqlight import JobRequest, Queue, keys
from arqlight.scripts import calling, loading
from tests.redis.lease import QUEUE, RESULT, Player


@pytest.mark.parametrize("msetex", [True, False], ids=["at once", "one by one"])
async def test_keys_expire_as_asked_on_servers_with_and_without_msetex(
    queue: Queue, monkeypatch: pytest.MonkeyPatch, *, msetex: bool
) -> None:
    if not msetex:
        source = loading.source
        older = cache(lambda name: source(name).replace("if not HAS_MSETEX", "if true"))
        monkeypatch.setattr(loading, "source", older)
        monkeypatch.setattr(calling, "source", older)
        digests = cache(loading.digest.__wrapped__)
        monkeypatch.setattr(calling, "digest", digests)
    await queue.enqueue_many([JobRequest("nap", job_id=f"job-{n}") for n in range(600)])
    player = Player(queue, lease_ms=5000)
    jobs = await player.claim(600)
    assert len(jobs) == 600
    for job in (jobs[0], jobs[-1]):
        assert (await player.state(job.job_id))["holder"] == job.holder
        assert (await player.state(job.job_id))["tries"] == "1"
        assert 3000 < await queue.redis.pttl(keys.IN_PROGRESS_PREFIX + job.job_id) <= 5000
        assert 88_000_000 < await queue.redis.pttl(keys.RETRY_PREFIX + job.job_id) <= 88_400_000

    assert await player.finish(*jobs) == []
    for job in (jobs[0], jobs[-1]):
        assert await queue.redis.get(keys.RESULT_PREFIX + job.job_id) == RESULT
        assert 50_000 < await queue.redis.pttl(keys.RESULT_PREFIX + job.job_id) <= 60_000


async def test_a_result_without_an_expiry_is_kept_for_ever(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    assert await player.finish(await player.claim_one("job"), expiry_ms="") == []
    assert await queue.redis.pttl(keys.RESULT_PREFIX + "job") == -1


async def test_a_job_that_ended_leaves_its_result_alone(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="job")
    player = Player(queue)
    job = await player.claim_one("job")
    recorded = await queue.redis.scripts.progress(QUEUE, [("job", job.holder, "{}")], expiry_ms=60_000)
    assert recorded == 1
    assert await player.finish(job) == []
    left = {key.decode() for key in await queue.redis.keys("*:job")}
    assert left == {keys.RESULT_PREFIX + "job"}
