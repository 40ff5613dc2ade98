"""A client of the user's own class as the worker's."""

from typing import Any

from arq.connections import ArqRedis, create_pool
from arq.jobs import Job

from arqlight import Queue, RedisSettings, Worker
from tests.worker.log import kinds


class Own(ArqRedis):
    """A client that can do more, and enqueues in its own way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enqueued: list[str] = []

    async def enqueue_job(self, function: str, *args: Any, **kwargs: Any) -> Job | None:
        """Note what is enqueued."""
        self.enqueued.append(function)
        return await super().enqueue_job(function, *args, **kwargs)


async def test_it_keeps_what_it_can_do_and_its_jobs_are_in_the_log(queue: Queue, redis_url: str) -> None:
    plain = await create_pool(RedisSettings.from_dsn(redis_url))
    own = Own(plain.connection_pool)
    found: list[Any] = []

    async def look(ctx: dict[Any, Any]) -> None:
        await ctx["redis"].enqueue_job("look again", _job_id="more")
        found.append(ctx["redis"])

    async def ended(ctx: dict[Any, Any]) -> None:
        found.append(ctx["queue"])

    worker = Worker(
        [look],
        redis_pool=own,
        max_burst_jobs=1,
        burst=True,
        handle_signals=False,
        on_job_end=ended,
        ctx={"queue": "the user's"},
    )
    await queue.enqueue(look.__qualname__)
    await worker.main()
    redis, of_the_user = found
    assert isinstance(redis, Own)
    assert redis.enqueued == ["look again"]
    assert await kinds(queue, "more") == ["enqueued"]
    assert of_the_user == "the user's"
    await worker.close()
    await plain.aclose()
