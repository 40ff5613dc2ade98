"""How far the server itself can go: the claim and finish scripts without a worker around them.

    python benchmarks/redis_limit.py [--seconds S] [--processes N]

Client processes claim jobs and finish them with ready-made results, several calls under way at once, and
do nothing else; the scripts and their arguments are the worker's. The server's own CPU time per job tells
what one core of it can do at most, even where the clients could not keep it busy. Below that, for
comparison: plain SETs of a result's size, pipelined.
"""

import argparse
import asyncio
import json
import multiprocessing
import pickle
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import uvloop
from arqlight import Queue
from arqlight.models import JobRequest
from arqlight.redis import LightRedis
from arqlight.scripts import Claimed, FinishEntry

from harness import machine, readme
from harness.environments import BENCHMARKS
from harness.valkey import Valkey, embedded_valkey

QUEUE = "arq:queue"
LEASE_MS = 15_000
RESULT_EXPIRY_MS = 3_600_000
LANES = 3
"""Calls under way at once in each client process."""
RESULT = pickle.dumps(
    {
        "t": 1,
        "f": "noop",
        "et": 1_790_000_000_000,
        "s": True,
        "st": 1_790_000_000_001,
        "ft": 1_790_000_000_002,
    }
    | {"q": QUEUE, "id": "0" * 32, "arqlight": {"worker_id": "0" * 24}, "k": {}, "a": (), "r": None}
)
DATA = '{"job_try":1,"function":"noop","start_ms":1790000000001,"finish_ms":1790000000002,"result":null}'


class Measured(NamedTuple):
    """One line of the table."""

    what: str
    jobs: int
    seconds: float
    server_cpu_s: float

    def cells(self) -> list[str]:
        """Rate, the server's CPU time per job, how busy it was, and the rate that one core of it allows."""
        per_job = self.server_cpu_s / self.jobs
        return [
            self.what,
            f"{self.jobs / self.seconds:,.0f}",
            f"{per_job * 1e6:.1f}",
            f"{100 * self.server_cpu_s / self.seconds:.0f}",
            f"{1 / per_job:,.0f}",
        ]


async def fill(url: str, jobs: int) -> None:
    """Put no-op jobs in the queue."""
    async with Queue.connect(url) as queue:
        for _ in range(0, jobs, 1000):
            await queue.enqueue_many([JobRequest("noop")] * min(1000, jobs))


async def claim_and_finish(redis: LightRedis, batch: int, lane: str) -> int:
    """Take `batch` jobs at a time through claim and finish until none are left; how many there were."""
    done = token = 0
    while True:
        token += 1
        reply = await redis.scripts.claim(
            QUEUE, worker_id=lane, token=token, lease_ms=LEASE_MS, limit=batch, ask_for_wake=False
        )
        if not reply.jobs:
            return done
        holder = f"{lane}:{token}:{reply.now_ms}"
        await redis.scripts.finish(QUEUE, [_finished(job, holder) for job in reply.jobs], held=True)
        done += len(reply.jobs)


def _finished(job: Claimed, holder: str) -> FinishEntry:
    return FinishEntry(job.job_id, RESULT, DATA, holder, job.job_try, RESULT_EXPIRY_MS, 0, "succeeded")


async def plain_sets(redis: LightRedis, batch: int, lane: str, jobs: int) -> int:
    """SET `jobs` results, `batch` in a pipeline."""
    for first in range(0, jobs, batch):
        pipeline = redis.pipeline(transaction=False)
        for number in range(first, first + batch):
            pipeline.set(f"arq:result:{lane}:{number}", RESULT, px=RESULT_EXPIRY_MS)
        await pipeline.execute()
    return jobs


def client(url: str, kind: str, batch: int, jobs: int, name: str) -> int:
    """A client process: some lanes at once."""

    async def run() -> int:
        async with Queue.connect(url) as queue:
            lanes = [f"{name}{lane}" for lane in range(LANES)]
            work: list[Awaitable[int]]
            if kind == "claim":
                work = [claim_and_finish(queue.redis, batch, lane) for lane in lanes]
            else:
                work = [plain_sets(queue.redis, batch, lane, jobs // LANES) for lane in lanes]
            return sum(await asyncio.gather(*work))

    return int(uvloop.run(run()))


def run_clients(valkey: Valkey, kind: str, batch: int, jobs: int, processes: int) -> tuple[int, float, float]:
    """Run the client processes to their end: jobs, seconds, CPU seconds of the server."""
    valkey.flush()
    if kind == "claim":
        uvloop.run(fill(valkey.url, jobs))
    with multiprocessing.get_context("forkserver").Pool(processes) as pool:
        pool.map(time.sleep, [0.2] * processes)  # all are up before the clock starts
        valkey.reset()
        begin = time.perf_counter()
        shares = [(valkey.url, kind, batch, jobs // processes, f"client{i}-") for i in range(processes)]
        done = sum(pool.starmap(client, shares))
        seconds = time.perf_counter() - begin
        return done, seconds, valkey.usage().cpu_s


def measure(valkey: Valkey, kind: str, batch: int, options: argparse.Namespace) -> Measured:
    """A short run to learn the rate, then one of about `seconds`."""
    what = "claim + finish" if kind == "claim" else "plain SET with expiry"
    done, seconds, _ = run_clients(valkey, kind, batch, 6000, options.processes)
    jobs = max(6000, int(done / seconds * options.seconds) // 1000 * 1000)
    return Measured(f"{what}, {batch} a call", *run_clients(valkey, kind, batch, jobs, options.processes))


def measure_enqueue(valkey: Valkey, seconds: float) -> Measured:
    """The enqueue script, a thousand jobs a call, by one client process."""
    jobs = int(20_000 * seconds)
    valkey.flush()
    valkey.reset()
    begin = time.perf_counter()
    uvloop.run(fill(valkey.url, jobs))
    return Measured("enqueue, 1000 a call", jobs, time.perf_counter() - begin, valkey.usage().cpu_s)


def main() -> None:
    """Measure each batch size, print and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    facts = machine.facts()
    measurements: list[Callable[[Valkey], Measured]] = [
        *(lambda v, b=batch: measure(v, "claim", b, options) for batch in (1, 10, 100, 500)),
        lambda v: measure_enqueue(v, options.seconds),
        *(lambda v, b=batch: measure(v, "set", b, options) for batch in (1, 100)),
    ]
    with embedded_valkey() as valkey:
        found = [measurement(valkey) for measurement in measurements]
        server = valkey.version()
    table = [
        "| what | jobs/s | server CPU, us a job | server busy, % | jobs/s that one core of it allows |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(f"| {' | '.join(line.cells())} |" for line in found),
    ]
    notes = f"{server}; {options.processes} client processes, {LANES} calls under way in each. Reproduce:"
    text = "\n".join(
        [
            *("# What the server allows", "", machine.describe(facts, machine.load()), ""),
            *(f"{notes} `python benchmarks/redis_limit.py`.", "", *table, ""),
        ]
    )
    folder = BENCHMARKS / "results"
    (folder / "redis_limit.md").write_text(text)
    data = {"machine": facts, "lines": [line._asdict() for line in found]}
    (folder / "redis_limit.json").write_text(json.dumps(data, indent=1) + "\n")
    readme.update()
    print(text)


if __name__ == "__main__":
    main()
