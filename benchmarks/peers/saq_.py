"""SAQ: its own Worker on its Redis queue, jobs enqueued by `Queue.enqueue` (no call enqueues several).

Results are kept for SAQ's default, ten minutes. The setting `orjson` gives the queue orjson in place of json.
"""

import asyncio
from typing import Any

import uvloop
from redis.asyncio import Redis
from saq import Worker
from saq.queue.redis import RedisQueue

from protocol import Adapter, gather_limited, main, recorder


async def noop(ctx: dict[str, Any]) -> None:
    recorder.mark()


async def pause(ctx: dict[str, Any], *, value: float) -> None:
    recorder.mark()
    await asyncio.sleep(value)


async def stamp(ctx: dict[str, Any], *, value: int) -> None:
    recorder.arrived(value)


class Saq(Adapter):
    packages = ("saq", "redis", "hiredis", "uvloop")
    queue: RedisQueue

    def done(self) -> dict[str, Any]:
        return {"command": ["ZCARD", "saq:default:incomplete"], "reach": 0}

    def make_queue(self) -> RedisQueue:
        limits = {"max_concurrent_ops": self.settings.get("max_concurrent_ops", 20)}
        if self.settings.get("orjson"):
            import orjson

            return RedisQueue(Redis.from_url(self.url), dump=orjson.dumps, load=orjson.loads, **limits)
        return RedisQueue(Redis.from_url(self.url), **limits)

    async def connect(self) -> None:
        self.queue = self.make_queue()
        await self.queue.connect()

    async def enqueue(self, function: str, *args: Any) -> None:
        await self.queue.enqueue(function, **({"value": args[0]} if args else {}))

    async def enqueue_bulk(self, count: int, function: str, *args: Any) -> None:
        calls = [self.enqueue(function, *args) for _ in range(count)]
        await gather_limited(calls, self.settings.get("producers", 20))

    async def close(self) -> None:
        await self.queue.disconnect()

    def run_worker(self) -> None:
        uvloop.run(self.serve())

    async def serve(self) -> None:
        limits: dict[str, Any] = {"concurrency": self.concurrency} if self.concurrency else {}
        queue = self.make_queue()
        await queue.connect()
        await Worker(queue, [noop, pause, stamp], **limits).start()


if __name__ == "__main__":
    main(Saq)
