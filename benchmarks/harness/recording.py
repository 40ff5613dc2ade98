"""How fast the recorder is, and how far behind: real workers, a real recorder, SQLite."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import httpx
import psutil
from arqlight import JobRequest, Queue

from harness.stack import Stack, running
from harness.valkey import Valkey

SETTINGS = "harness.noop.WorkerSettings"
CAP = 20_000_000
PATIENCE_S = 600.0


def position(path: Path) -> tuple[int, int]:
    """Up to which event the history is written."""
    if not path.exists():
        return 0, 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            row = database.execute("SELECT event_id FROM position").fetchone()
        except sqlite3.OperationalError:
            row = None
    return id_of(row[0]) if row else (0, 0)


def id_of(event_id: str) -> tuple[int, int]:
    """An event's id as numbers."""
    at_ms, _, counter = event_id.partition("-")
    return int(at_ms), int(counter)


def last_event(valkey: Valkey) -> tuple[int, int]:
    """The last event of the log."""
    found = valkey.client.xrevrange("arqlight:events", count=1)
    return id_of(found[0][0].decode()) if found else (0, 0)


async def enqueue(url: str, jobs: int, per_s: int) -> None:
    """Enqueue no-op jobs with an argument at an even pace."""
    async with Queue.connect(url) as queue:
        begin = time.monotonic()
        step = max(1, min(1000, per_s // 20))
        for done in range(0, jobs, step):
            await queue.enqueue_many([JobRequest("noop", (number,)) for number in range(done, done + step)])
            await asyncio.sleep(max(0.0, begin + (done + step) / per_s - time.monotonic()))


def drain(valkey: Valkey, folder: Path, jobs: int, per_s: int | None) -> dict[str, float]:
    """Record so many jobs: jobs/s from first event to last commit, the recorder's CPU and its memory.

    With `per_s` they are enqueued and run at that pace meanwhile; without, before the recorder begins.
    """
    valkey.flush()
    valkey.client.set("arqlight:recorder:cap", CAP)
    path = folder / f"drain-{per_s}.db"
    history = {"HISTORY_URL": f"sqlite:///{path}"}
    with running("worker", [SETTINGS], valkey):
        if per_s is None:
            asyncio.run(enqueue(valkey.url, jobs, 1_000_000))
            wait_until_run(valkey, jobs)
        with running("recorder", [], valkey, history) as recorder:
            process = psutil.Process(recorder.pid)
            begin = time.monotonic()
            if per_s is not None:
                wait_for_recorder(valkey)
                begin = time.monotonic()
                asyncio.run(enqueue(valkey.url, jobs, per_s))
                wait_until_run(valkey, jobs)
            most = wait_until_recorded(valkey, path, process)
            taken = time.monotonic() - begin
            cpu = process.cpu_times()
    return {"jobs_per_s": jobs / taken, "cpu_us": (cpu.user + cpu.system) / jobs * 1e6, "mib": most}


def wait_until_run(valkey: Valkey, jobs: int) -> None:
    """Wait until the worker has run all jobs."""
    deadline = time.monotonic() + PATIENCE_S
    while int(valkey.client.zcard("arq:queue")) and time.monotonic() < deadline:
        time.sleep(0.01)
    if int(valkey.client.zcard("arq:queue")):
        raise SystemExit(f"the worker did not run {jobs:,} jobs")


def wait_for_recorder(valkey: Valkey) -> None:
    """Wait until a recorder is at work."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if any(not key.endswith((b":cap", b":fence")) for key in valkey.client.keys("arqlight:recorder:*")):
            return
        time.sleep(0.02)
    raise SystemExit("the recorder did not start")


def wait_until_recorded(valkey: Valkey, path: Path, process: psutil.Process) -> float:
    """Wait until the log is read to its end; the recorder's largest resident MiB meanwhile."""
    deadline = time.monotonic() + PATIENCE_S
    most = 0.0
    last = last_event(valkey)
    while position(path) < last:
        if time.monotonic() > deadline:
            raise SystemExit("the recorder did not come to the log's end")
        most = max(most, process.memory_info().rss / 2**20)
        time.sleep(0.02)
    return most


def lag(valkey: Valkey, stack: Stack, path: Path, seconds: float, per_s: int) -> list[float]:
    """How many ms after the log the history is, looked at every 20 ms while jobs run at a pace.

    The web process records, and answers two clients that ask for lists without pause.
    """
    times: list[float] = []
    done = threading.Event()
    watchers = [threading.Thread(target=_ask, args=(stack.url, done)) for _ in range(2)]
    watchers.append(threading.Thread(target=_watch, args=(valkey, path, times, done)))
    for watcher in watchers:
        watcher.start()
    try:
        asyncio.run(enqueue(valkey.url, int(seconds * per_s), per_s))
    finally:
        done.set()
        for watcher in watchers:
            watcher.join()
    return sorted(times)


def _ask(url: str, done: threading.Event) -> None:
    with httpx.Client(base_url=url, timeout=30) as client:
        while not done.is_set():
            for path in ("/api/jobs?limit=50", "/api/jobs?outcome=succeeded", "/api/jobs?q=noop(1"):
                client.get(path).raise_for_status()


def _watch(valkey: Valkey, path: Path, times: list[float], done: threading.Event) -> None:
    while not done.is_set():
        wanted, asked = last_event(valkey), time.monotonic()
        while position(path) < wanted and time.monotonic() - asked < PATIENCE_S:
            time.sleep(0.002)
        times.append((time.monotonic() - asked) * 1000)
        time.sleep(0.02)
