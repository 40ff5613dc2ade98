"""What each library's adapter offers the runner, and the command line that the runner drives it by.

An adapter is a script run by the Python of its library's own environment. It is given one verb and one
JSON object, and answers in lines of JSON on stdout:

    worker   {url, settings, concurrency, samples}: prints {"ready": true}, waits for a line on stdin, then
             runs the library's worker in this process until it is killed. The first job to start prints
             {"first_start_ns", "cpu_s"}; the last of `samples` latency jobs prints {"latencies_ns": [...]}.
    produce  {url, settings, mode, ...}: enqueues, prints {"jobs", "seconds"}. The modes are the functions
             in MODES.
    about    {url, settings}: prints the versions, and how to see that jobs are done.

Times are CLOCK_MONOTONIC nanoseconds, which on Linux all processes of a machine share.
"""

import asyncio
import json
import random
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from importlib.metadata import version
from typing import Any

LATENCY_WARM_UP = 20


class Recorder:
    """Notes, inside the worker process, when jobs start."""

    def __init__(self) -> None:
        self.started = False
        self.samples = 0
        self.latencies_ns: list[int] = []

    def mark(self) -> None:
        """Called by every job as it starts: the first one reports the time and the CPU used until then."""
        if not self.started:
            self.started = True
            emit(first_start_ns=time.monotonic_ns(), cpu_s=time.process_time())

    def arrived(self, sent_ns: int) -> None:
        """Called by a latency job with the time at which its producer began to enqueue it."""
        self.latencies_ns.append(time.monotonic_ns() - sent_ns)
        if len(self.latencies_ns) == self.samples + LATENCY_WARM_UP:
            emit(latencies_ns=self.latencies_ns[LATENCY_WARM_UP:])


recorder = Recorder()


class Adapter(ABC):
    """One library. Jobs are `noop()`, `pause(seconds)` and `stamp(sent_ns)`, which call the recorder."""

    packages: tuple[str, ...] = ()
    """Distributions whose versions are reported, the library itself first."""
    bulk_chunk = 1000
    """Jobs handed to one call of `enqueue_bulk`."""

    def __init__(self, url: str, settings: dict[str, Any], concurrency: int | None = None) -> None:
        self.url = url
        self.settings = settings
        self.concurrency = concurrency or settings.get("concurrency")

    @abstractmethod
    def done(self) -> dict[str, Any]:
        """How to see that all jobs have their result: a cheap command, and the integer it then replies.

        The integer is given as such, or as "jobs+N": as many as were enqueued so far, and N.
        """

    @abstractmethod
    async def connect(self) -> None:
        """Open the producer's connection."""

    @abstractmethod
    async def enqueue(self, function: str, *args: Any) -> None:
        """Enqueue one job and wait until Redis has it."""

    @abstractmethod
    async def enqueue_bulk(self, count: int, function: str, *args: Any) -> None:
        """Enqueue `count` jobs in the fastest way that the library offers."""

    @abstractmethod
    async def close(self) -> None:
        """Close the producer's connection."""

    @abstractmethod
    def run_worker(self) -> None:
        """Run the library's worker in this process; does not return."""


async def gather_limited(calls: list[Coroutine[Any, Any, Any]], limit: int) -> None:
    """Await all of `calls`, `limit` at a time: the best a library without a bulk call can do."""
    pending = iter(calls)

    async def lane() -> None:
        for call in pending:
            await call

    await asyncio.gather(*(lane() for _ in range(limit)))


async def produce(adapter: Adapter, task: dict[str, Any]) -> None:
    """Enqueue as `task` says, and report how many jobs in how many seconds."""
    await adapter.connect()
    await adapter.enqueue("noop") if task.get("warm") else None
    begin = time.perf_counter()
    jobs = await MODES[task["mode"]](adapter, task)
    emit(jobs=jobs, seconds=time.perf_counter() - begin)
    await adapter.close()


async def fill(adapter: Adapter, task: dict[str, Any]) -> int:
    """Exactly `jobs` jobs of `function`."""
    left = task["jobs"]
    while left:
        count = min(adapter.bulk_chunk, left)
        await adapter.enqueue_bulk(count, task.get("function", "noop"), *task.get("args", []))
        left -= count
    return int(task["jobs"])


async def bulk(adapter: Adapter, task: dict[str, Any]) -> int:
    """Chunk after chunk for about `seconds`."""
    jobs, end = 0, time.perf_counter() + task["seconds"]
    while time.perf_counter() < end:
        await adapter.enqueue_bulk(adapter.bulk_chunk, "noop")
        jobs += adapter.bulk_chunk
    return jobs


async def single(adapter: Adapter, task: dict[str, Any]) -> int:
    """One job after the other, each awaited, for about `seconds`."""
    jobs, end = 0, time.perf_counter() + task["seconds"]
    while time.perf_counter() < end:
        await adapter.enqueue("noop")
        jobs += 1
    return jobs


async def latency(adapter: Adapter, task: dict[str, Any]) -> int:
    """`samples` jobs that carry the time they were sent at, 20 to 60 ms apart at random."""
    pauses = random.Random(task.get("seed", 1))
    count = task["samples"] + LATENCY_WARM_UP
    for _ in range(count):
        await asyncio.sleep(pauses.uniform(0.020, 0.060))
        await adapter.enqueue("stamp", time.monotonic_ns())
    return int(count)


MODES = {"fill": fill, "bulk": bulk, "single": single, "latency": latency}


def work(adapter: Adapter, task: dict[str, Any]) -> None:
    """Run the worker once the runner says so."""
    recorder.samples = task.get("samples", 0)
    emit(ready=True)
    sys.stdin.readline()
    adapter.run_worker()


def about(adapter: Adapter) -> None:
    """Report versions and how to see that jobs are done."""
    versions = {name: version(name) for name in adapter.packages}
    emit(versions=versions, python=sys.version.split()[0], done=adapter.done())


def emit(**fields: Any) -> None:
    """One line of JSON on stdout."""
    print(json.dumps(fields), flush=True)


def main(adapter_class: type[Adapter]) -> None:
    """The command line of every adapter: VERB JSON."""
    verb, task = sys.argv[1], json.loads(sys.argv[2])
    adapter = adapter_class(task["url"], task["settings"], task.get("concurrency"))
    if verb == "worker":
        work(adapter, task)
    elif verb == "produce":
        import uvloop  # in every environment; imported here so that reading this module needs only the stdlib

        uvloop.run(produce(adapter, task))
    else:
        about(adapter)
