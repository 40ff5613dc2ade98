"""streaq: its own Worker, jobs enqueued by `enqueue_many`, which pipelines them.

streaq's client, coredis, has its own compiled parser and does not use hiredis. Results are kept for streaq's
default, five minutes.
"""

from typing import Any

import anyio
from streaq import Worker

from protocol import Adapter, main, recorder


class Streaq(Adapter):
    packages = ("streaq", "coredis", "uvloop")

    def __init__(self, url: str, settings: dict[str, Any], concurrency: int | None = None) -> None:
        super().__init__(url, settings, concurrency)
        self.bulk_chunk = settings.get("chunk", 1000)
        limits = {"prefetch": settings["prefetch"]} if "prefetch" in settings else {}
        if self.concurrency:
            limits["concurrency"] = self.concurrency
        self.worker: Worker[None] = Worker(url, anyio_kwargs={"use_uvloop": True}, **limits)
        self.functions = {function.__name__: self.worker.task(function) for function in (noop, pause, stamp)}

    def done(self) -> dict[str, Any]:
        return {"command": ["XLEN", "streaq:default:queues:normal"], "reach": 0}

    async def connect(self) -> None:
        await self.worker.__aenter__()

    async def enqueue(self, function: str, *args: Any) -> None:
        await self.functions[function].enqueue(*args)  # type: ignore[unused-awaitable]  # twice is no use

    async def enqueue_bulk(self, count: int, function: str, *args: Any) -> None:
        registered = self.functions[function]
        await self.worker.enqueue_many([registered.enqueue(*args) for _ in range(count)])

    async def close(self) -> None:
        await self.worker.__aexit__(None, None, None)

    def run_worker(self) -> None:
        self.worker.run_sync()


async def noop() -> None:
    recorder.mark()


async def pause(seconds: float) -> None:
    recorder.mark()
    await anyio.sleep(seconds)


async def stamp(sent_ns: int) -> None:
    recorder.arrived(sent_ns)


if __name__ == "__main__":
    main(Streaq)
