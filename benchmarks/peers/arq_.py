"""arq: its own Worker, jobs enqueued by `enqueue_job` (arq has no call that enqueues several).

The loop is uvloop's, which arq runs on when it is given it. Results are kept for arq's default, an hour.
"""

import asyncio
from typing import Any

import uvloop
from arq import Worker
from arq.connections import ArqRedis, RedisSettings, create_pool

from protocol import Adapter, gather_limited, main, recorder


async def noop(ctx: dict[str, Any]) -> None:
    recorder.mark()


async def pause(ctx: dict[str, Any], seconds: float) -> None:
    recorder.mark()
    await asyncio.sleep(seconds)


async def stamp(ctx: dict[str, Any], sent_ns: int) -> None:
    recorder.arrived(sent_ns)


class Arq(Adapter):
    packages = ("arq", "redis", "hiredis", "uvloop")
    redis: ArqRedis

    def done(self) -> dict[str, Any]:
        return {"command": ["ZCARD", "arq:queue"], "reach": 0}

    async def connect(self) -> None:
        self.redis = await create_pool(RedisSettings.from_dsn(self.url))

    async def enqueue(self, function: str, *args: Any) -> None:
        await self.redis.enqueue_job(function, *args)

    async def enqueue_bulk(self, count: int, function: str, *args: Any) -> None:
        calls = [self.redis.enqueue_job(function, *args) for _ in range(count)]
        await gather_limited(calls, self.settings.get("producers", 20))

    async def close(self) -> None:
        await self.redis.aclose()  # type: ignore[attr-defined]  # in redis-py, not in its stubs

    def run_worker(self) -> None:
        asyncio.set_event_loop(uvloop.new_event_loop())
        limits = {name: value for name, value in self.settings.items() if name in WORKER_SETTINGS}
        if self.concurrency:
            limits["max_jobs"] = self.concurrency
        Worker([noop, pause, stamp], redis_settings=RedisSettings.from_dsn(self.url), **limits).run()


WORKER_SETTINGS = {"max_jobs", "poll_delay", "queue_read_limit"}

if __name__ == "__main__":
    main(Arq)
