"""taskiq with taskiq-redis: `start_listen`, which is what each child process of `taskiq worker` runs.

Jobs are enqueued by `kiq` (there is no call that enqueues several). `broker` in the settings is "list" or
"stream"; only the stream acknowledges, so only it survives a killed worker. Results are kept without expiry,
taskiq-redis's default. The loop is uvloop's, which `start_listen` takes when it is installed.
"""

import asyncio
from typing import Any

from taskiq import AsyncBroker
from taskiq.cli.worker.args import WorkerArgs
from taskiq.cli.worker.run import start_listen
from taskiq.formatters.json_formatter import JSONFormatter
from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend, RedisStreamBroker

from protocol import Adapter, gather_limited, main, recorder


async def noop() -> None:
    recorder.mark()


async def pause(seconds: float) -> None:
    recorder.mark()
    await asyncio.sleep(seconds)


async def stamp(sent_ns: int) -> None:
    recorder.arrived(sent_ns)


class Taskiq(Adapter):
    packages = ("taskiq", "taskiq-redis", "redis", "hiredis", "uvloop")

    def __init__(self, url: str, settings: dict[str, Any], concurrency: int | None = None) -> None:
        super().__init__(url, settings, concurrency)
        self.broker = self.make_broker()
        self.functions = {f.__name__: self.broker.register_task(f, f.__name__) for f in (noop, pause, stamp)}

    def make_broker(self) -> AsyncBroker:
        broker: AsyncBroker
        if self.settings.get("broker", "stream") == "list":
            broker = ListQueueBroker(self.url)
        else:
            # id 0: the jobs enqueued before the worker's first start count too
            broker = RedisStreamBroker(
                self.url, consumer_id="0", xread_count=self.settings.get("xread_count", 100)
            )
        broker = broker.with_result_backend(RedisAsyncResultBackend(self.url))
        return broker.with_formatter(JSONFormatter()) if self.settings.get("json_formatter") else broker

    def done(self) -> dict[str, Any]:
        # one key a result, and the stream, which keeps its entries; the list's key goes away when it is empty
        extra = 0 if self.settings.get("broker", "stream") == "list" else 1
        return {"command": ["DBSIZE"], "reach": f"jobs+{extra}"}

    async def connect(self) -> None:
        await self.broker.startup()

    async def enqueue(self, function: str, *args: Any) -> None:
        await self.functions[function].kiq(*args)

    async def enqueue_bulk(self, count: int, function: str, *args: Any) -> None:
        calls = [self.enqueue(function, *args) for _ in range(count)]
        await gather_limited(calls, self.settings.get("producers", 20))

    async def close(self) -> None:
        await self.broker.shutdown()

    def run_worker(self) -> None:
        args = WorkerArgs(broker=self.broker, modules=[], no_parse=self.settings.get("no_parse", False))  # type: ignore[arg-type]
        args.max_async_tasks = self.concurrency or args.max_async_tasks
        args.max_prefetch = self.settings.get("max_prefetch", args.max_prefetch)
        start_listen(args)


if __name__ == "__main__":
    main(Taskiq)
