"""The questions that worker.py asks each contender: each measures once and returns its numbers by name."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.driver import AdapterError, AdapterProcess, Driver

Numbers = dict[str, float]


@dataclass
class Plan:
    """How long and how much, and what was learnt about each contender's speed on the way."""

    seconds: float = 4.0
    """How long one measurement of a rate should take."""
    latency_samples: int = 300
    idle_seconds: float = 10.0
    memory_jobs: int = 1_000_000
    rates: dict[tuple[str, int], float] = field(default_factory=dict)
    """Jobs a second by contender and number of processes, from a pilot run."""


def bulk(driver: Driver, plan: Plan) -> Numbers:
    """Jobs enqueued a second, many at a time."""
    answer = driver.produce("bulk", seconds=plan.seconds)
    return {"jobs_per_s": answer["jobs"] / answer["seconds"]}


def single(driver: Driver, plan: Plan) -> Numbers:
    """Jobs enqueued a second, one awaited after the other."""
    answer = driver.produce("single", seconds=plan.seconds)
    return {"jobs_per_s": answer["jobs"] / answer["seconds"]}


def noop(processes: int) -> Callable[[Driver, Plan], Numbers]:
    """No-op jobs a second by `processes` worker processes, with what that cost."""

    def measure(driver: Driver, plan: Plan) -> Numbers:
        key = (driver.contender.label, processes)
        if key not in plan.rates:
            pilot = 1000 if driver.contender.is_peer else 20_000
            plan.rates[key] = _drain(driver, pilot, processes)["jobs_per_s"]
            driver.valkey.flush()
        return _drain(driver, max(1000, int(plan.rates[key] * plan.seconds)), processes)

    return measure


def pauses(driver: Driver, _plan: Plan) -> Numbers:
    """Seconds for 1,000 jobs of 100 ms at concurrency 100; 1.0 is ideal."""
    driver.produce("fill", jobs=1000, function="pause", args=[0.1])
    with driver.workers(concurrency=100) as workers:
        end = driver.wait_until_done(1000, timeout=120, step=0.002)
        begin = _first_start(workers)
    return {"seconds": (end - begin) / 1e9}


def latency(driver: Driver, plan: Plan) -> Numbers:
    """Milliseconds from just before the enqueue to the function's start, on an idle worker."""
    with driver.workers(samples=plan.latency_samples) as workers:
        time.sleep(1.5)
        driver.produce("latency", samples=plan.latency_samples, seed=time.monotonic_ns())
        arrived = workers[0].read(30)
        arrived = arrived if "latencies_ns" in arrived else workers[0].read(30)
    milliseconds = sorted(taken / 1e6 for taken in arrived["latencies_ns"])
    return {"p50_ms": percentile(milliseconds, 50), "p99_ms": percentile(milliseconds, 99)}


def idle(driver: Driver, plan: Plan) -> Numbers:
    """What a worker with nothing to do costs a second."""
    with driver.workers() as workers:
        time.sleep(3)
        cpu_s = workers[0].cpu_s()
        driver.valkey.reset()
        time.sleep(plan.idle_seconds)
        usage = driver.valkey.usage()
        cpu_s = workers[0].cpu_s() - cpu_s
    return {
        "commands_per_s": usage.commands / plan.idle_seconds,
        "requests_per_s": usage.requests / plan.idle_seconds,
        "cpu_percent": 100 * cpu_s / plan.idle_seconds,
    }


def memory(driver: Driver, plan: Plan) -> Numbers:
    """A worker's resident MiB before its first job and after `memory_jobs`, fed by the chunk."""
    chunk = min(50_000, plan.memory_jobs)
    readings: list[float] = []
    with driver.workers() as workers:
        time.sleep(1.5)
        readings.append(workers[0].rss_bytes() / 2**20)
        for done in range(chunk, plan.memory_jobs + 1, chunk):
            driver.produce("fill", jobs=chunk)
            driver.wait_until_done(done, timeout=600)
            readings.append(workers[0].rss_bytes() / 2**20)
    tenth = readings[max(1, len(readings) // 10)]
    return {"start_mib": readings[0], "tenth_mib": tenth, "end_mib": readings[-1], "most_mib": max(readings)}


def percentile(ordered: list[float], percent: float) -> float:
    """The nearest-rank percentile of an ordered list."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def median(values: list[float]) -> float:
    """The median."""
    return statistics.median(values)


def _drain(driver: Driver, jobs: int, processes: int) -> Numbers:
    """Fill the queue with no-op jobs, then let the workers empty it."""
    driver.produce("fill", jobs=jobs)
    driver.valkey.reset()
    with driver.workers(processes) as workers:
        end = driver.wait_until_done(jobs, timeout=300)
        usage = driver.valkey.usage()
        cpu_s = [worker.cpu_s() for worker in workers]
        begin = _first_start(workers)
    _check_results_kept(driver, jobs)
    thousands = jobs / 1000
    return {
        "jobs": jobs,
        "jobs_per_s": jobs / ((end - begin) / 1e9),
        "worker_cpu_s_per_1000": _cpu_since_first_start(workers, cpu_s) / thousands,
        "server_cpu_s_per_1000": usage.cpu_s / thousands,
        "commands_per_1000": usage.commands / thousands,
        "requests_per_1000": usage.requests / thousands,
    }


def _first_start(workers: list[AdapterProcess]) -> int:
    """When the first job of all started."""
    starts = [start for worker in workers if (start := worker.first_start()) is not None]
    if not starts:
        raise AdapterError(f"{workers[0].name}: no job said that it started")
    return min(starts)


def _cpu_since_first_start(workers: list[AdapterProcess], cpu_s: list[float]) -> float:
    """CPU seconds of all workers from their first job on: loading Python and the library is left out."""
    spent = zip(cpu_s, workers, strict=True)
    return sum(now - worker.cpu_at_start for now, worker in spent if worker.cpu_at_start is not None)


def _check_results_kept(driver: Driver, jobs: int) -> None:
    kept = int(driver.valkey.client.dbsize())
    if kept < jobs:
        raise AdapterError(
            f"{driver.contender.label}: {kept} keys are left after {jobs} jobs, results are missing"
        )
