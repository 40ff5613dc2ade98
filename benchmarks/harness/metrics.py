"""What the tables show of each measurement, which way is better, and what the design asks for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """One number of one row."""

    row: str
    number: str
    title: str
    higher_is_better: bool = False
    digits: int = 0
    goal_ratio: float | None = None
    """Times as good as the best peer that arqlight is to be."""
    goal_at_most: float | None = None

    def better_by(self, value: float, other: float) -> float | None:
        """How many times as good as `other` the `value` is; None where one of them is nothing."""
        if not value or not other:
            return None
        return value / other if self.higher_is_better else other / value

    def goal(self) -> str:
        """The goal in words; empty without one."""
        if self.goal_ratio is not None:
            return f"{self.goal_ratio:g}x the best peer"
        return f"at most {self.goal_at_most:g}" if self.goal_at_most is not None else ""

    def met(self, value: float, ratio: float | None) -> bool | None:
        """Whether arqlight's `value` reaches the goal; None when that cannot be said."""
        if self.goal_ratio is not None:
            return None if ratio is None else ratio >= self.goal_ratio
        return None if self.goal_at_most is None else value <= self.goal_at_most


METRICS = (
    Metric("bulk", "jobs_per_s", "Bulk enqueue, jobs/s", higher_is_better=True, goal_ratio=5),
    Metric("single", "jobs_per_s", "Single enqueue, awaited one by one, jobs/s", higher_is_better=True),
    Metric("noop1", "jobs_per_s", "No-op jobs, 1 process, jobs/s", higher_is_better=True, goal_ratio=10),
    Metric("noop2", "jobs_per_s", "No-op jobs, 2 processes, jobs/s", higher_is_better=True),
    Metric("noop4", "jobs_per_s", "No-op jobs, 4 processes, jobs/s", higher_is_better=True),
    Metric("pauses", "seconds", "1,000 jobs of 100 ms at concurrency 100, s (ideal 1.0)", digits=3),
    Metric("latency", "p50_ms", "Idle worker, enqueue to function start, p50, ms", digits=2, goal_ratio=1),
    Metric("latency", "p99_ms", "Idle worker, enqueue to function start, p99, ms", digits=2, goal_at_most=5),
    Metric("noop1", "worker_cpu_s_per_1000", "Worker CPU per 1,000 no-op jobs, s", digits=3),
    Metric("noop1", "server_cpu_s_per_1000", "Server CPU per 1,000 no-op jobs, s", digits=3),
    Metric("noop1", "commands_per_1000", "Redis commands per 1,000 no-op jobs, those inside scripts counted"),
    Metric(
        "noop1", "requests_per_1000", "Requests to Redis per 1,000 no-op jobs, a pipeline or script being one"
    ),
    Metric("idle", "commands_per_s", "Idle worker, Redis commands/s, those inside scripts counted", digits=1),
    Metric("idle", "requests_per_s", "Idle worker, requests to Redis/s", digits=1),
    Metric("idle", "cpu_percent", "Idle worker, CPU, %", digits=1),
    Metric("memory", "start_mib", "Worker's memory before its first job, MiB", digits=1),
    Metric("memory", "tenth_mib", "Worker's memory after a tenth of them, MiB", digits=1),
    Metric("memory", "end_mib", "Worker's memory after all of them, MiB", digits=1),
)
