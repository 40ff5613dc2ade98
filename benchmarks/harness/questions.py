"""What the console asks of the history: every kind of page, filter, count and chart."""

import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

from arqlight.history import History, JobFilter

from harness.made_up import FUNCTIONS, QUEUES, SPAN_MS, texts

Question = Callable[[History, random.Random], Awaitable[Any]]
HOUR_MS = 3_600_000
_texts = texts()


def _list(sort: str = "age", **fields: Callable[[random.Random], Any]) -> Question:
    async def ask(history: History, draw: random.Random) -> Any:
        wanted = JobFilter(**{name: value(draw) for name, value in fields.items()})
        return await history.jobs(wanted, sort=sort)

    return ask


def _count(**fields: Callable[[random.Random], Any]) -> Question:
    async def ask(history: History, draw: random.Random) -> Any:
        return await history.counts(JobFilter(**{name: value(draw) for name, value in fields.items()}))

    return ask


async def _deep(history: History, draw: random.Random) -> Any:
    """A page from the middle of the list of all jobs."""
    at_ms = int(time.time() * 1000) - draw.randrange(SPAN_MS)
    return await history.jobs(cursor=f"0.{at_ms << 20}")


async def _job(history: History, draw: random.Random) -> Any:
    page = await history.jobs(
        cursor=f"0.{(int(time.time() * 1000) - draw.randrange(SPAN_MS)) << 20}", limit=1
    )
    return await history.job(page.jobs[0].job_id)


def _stats(span_ms: int, step_s: int, **more: Any) -> Question:
    async def ask(history: History, draw: random.Random) -> Any:
        del draw
        return await history.stats(since_ms=int(time.time() * 1000) - span_ms, step_s=step_s, **more)

    return ask


def _of(name: str, *, span_ms: int = 0, **arguments: Any) -> Question:
    async def ask(history: History, draw: random.Random) -> Any:
        del draw
        span = {"since_ms": int(time.time() * 1000) - span_ms} if span_ms else {}
        return await getattr(history, name)(**span, **arguments)

    return ask


def one(names: list[str]) -> Callable[[random.Random], tuple[str, ...]]:
    """One of some names."""
    return lambda draw: (draw.choice(names),)


def text(_draw: random.Random) -> str:
    """A text to look for."""
    return next(_texts)


def since(draw: random.Random) -> int:
    """A time in the span."""
    return int(time.time() * 1000) - draw.randrange(SPAN_MS)


FAILED = {"outcomes": lambda _draw: ("failed",)}

QUESTIONS: dict[str, Question] = {
    "jobs, newest": _list(),
    "jobs, oldest": _list("-age"),
    "jobs, a page in the middle": _deep,
    "jobs by state": _list(outcomes=one(["failed", "aborted", "expired", "succeeded"])),
    "jobs by function": _list(functions=one(FUNCTIONS)),
    "jobs by function and state": _list(functions=one(FUNCTIONS), **FAILED),
    "jobs by queue and state": _list(queues=one(QUEUES), **FAILED),
    "jobs by function, queue and state": _list(functions=one(FUNCTIONS), queues=one(QUEUES), **FAILED),
    "jobs by worker": _list(workers=one([f"host-{n}:{m}" for n in range(9) for m in range(8)])),
    "jobs by worker and state": _list(workers=one([f"host-{n}:1" for n in range(9)]), **FAILED),
    "jobs of a batch": _list(batch=lambda draw: f"batch-{draw.randrange(2_000)}"),
    "jobs by time": _list(since_ms=since),
    "jobs by error": _list(error=lambda _draw: "declined"),
    "jobs by exception": _list(error_types=one(["TimeoutError", "ValueError"])),
    "jobs, run at least 20 s": _list(min_run_ms=lambda _draw: 20_000),
    "jobs, run at least 20 s, of a function": _list(functions=one(FUNCTIONS), min_run_ms=lambda _d: 20_000),
    "jobs by text": _list(q=text),
    "jobs by text and state": _list(q=text, **FAILED),
    "jobs, shortest run": _list("run"),
    "jobs, longest run": _list("-run"),
    "jobs, longest wait of a function": _list("-wait", functions=one(FUNCTIONS)),
    "jobs, most tries": _list("-tries"),
    "jobs, longest run that failed": _list("-run", **FAILED),
    "counts of all": _count(),
    "counts of a function": _count(functions=one(FUNCTIONS)),
    "counts of a batch": _count(batch=lambda draw: f"batch-{draw.randrange(2_000)}"),
    "counts since a time": _count(since_ms=since),
    "counts by text": _count(q=text),
    "counts by error": _count(error=lambda _draw: "declined"),
    "one job": _job,
    "chart of an hour": _stats(HOUR_MS, 60),
    "chart of a day": _stats(24 * HOUR_MS, 300),
    "chart of a week": _stats(7 * 24 * HOUR_MS, 3600),
    "chart of a day by function": _stats(24 * HOUR_MS, 300, group="function"),
    "chart of a day of one function": _stats(24 * HOUR_MS, 300, functions=["send_email"]),
    "chart of a week by queue": _stats(7 * 24 * HOUR_MS, 3600, group="queue"),
    "failures": _of("failures"),
    "failures, most frequent of the week": _of("failures", sort="total", span_ms=7 * 24 * HOUR_MS),
    "failures by text": _of("failures", q="declined"),
    "functions": _of("functions"),
    "usual of a function": _of("usual", function="send_email"),
    "queues": _of("queues"),
    "workers": _of("workers"),
    "batches": _of("batches"),
    "schedules": _of("schedules"),
    "names that begin with a text": _of("suggest", field="function", text="e"),
}


async def ask(history: History, question: Question, times: int) -> tuple[list[float], float]:
    """Ask it so many times; the ordered times in ms, and the mean CPU time of this process in ms."""
    draw = random.Random(3)
    await question(history, draw)
    taken = []
    cpu = time.process_time()
    for _ in range(times):
        begin = time.perf_counter()
        await question(history, draw)
        taken.append((time.perf_counter() - begin) * 1000)
    return sorted(taken), (time.process_time() - cpu) / times * 1000
