"""arqlight: its Worker, jobs enqueued by `enqueue` and `enqueue_many`.

Events are on, results are kept for arq's default, an hour.
"""

import asyncio
from typing import Any

import uvloop
from arq.connections import RedisSettings
from arqlight import Queue, Worker
from arqlight.models import JobRequest

from protocol import Adapter, main, recorder


async def noop(ctx: dict[str, Any]) -> None:
    recorder.mark()


async def pause(ctx: dict[str, Any], seconds: float) -> None:
    recorder.mark()
    await asyncio.sleep(seconds)


async def stamp(ctx: dict[str, Any], sent_ns: int) -> None:
    recorder.arrived(sent_ns)


class Arqlight(Adapter):
    packages = ("arqlight", "arq", "redis", "hiredis", "uvloop")
    queue: Queue

    def __init__(self, url: str, settings: dict[str, Any], concurrency: int | None = None) -> None:
        super().__init__(url, settings, concurrency)
        self.bulk_chunk = settings.get("chunk", 1000)

    def done(self) -> dict[str, Any]:
        return {"command": ["ZCARD", "arq:queue"], "reach": 0}

    async def connect(self) -> None:
        self.queue = await Queue.connect(self.url)

    async def enqueue(self, function: str, *args: Any) -> None:
        await self.queue.enqueue(function, *args)

    async def enqueue_bulk(self, count: int, function: str, *args: Any) -> None:
        await self.queue.enqueue_many([JobRequest(function, args) for _ in range(count)])

    async def close(self) -> None:
        await self.queue.aclose()

    def run_worker(self) -> None:
        asyncio.set_event_loop(uvloop.new_event_loop())
        limits = {"max_jobs": self.concurrency or self.settings["max_jobs"]}
        Worker([noop, pause, stamp], redis_settings=RedisSettings.from_dsn(self.url), **limits).run()


if __name__ == "__main__":
    main(Arqlight)
