"""1,000 event streams on one web process, 100 events a second: is an outcome lost, how late are events?

    python benchmarks/clients.py [--clients N] [--seconds S] [--processes N]

The clients are raw sockets that ask for all events (GET /api/events), spread over a few processes. The events
come from real jobs: one is enqueued every 30 ms and run by a real worker, and is enqueued, started and
succeeded, which makes 100 events a second. Lateness is the arrival's time minus the time in the event's
stream id, taken for each event at each client. Goal: no outcome lost, p99 under 500 ms.
"""

import argparse
import asyncio
import json
import re
import resource
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit

import psutil
import uvloop
from arqlight import Queue

from harness import machine
from harness.stack import Stack, running_stack
from harness.valkey import Valkey, embedded_valkey
from harness.verdict import Line, publish

JOB_EVERY_S = 0.030
PATIENCE_S = 30.0
"""An outcome that has not come so long after the last job was enqueued is lost."""
EVENT = re.compile(rb'"id":"(\d+)-\d+","event":"(\w+)","job_id":"([^"]+)"')


class Client(asyncio.Protocol):
    """One stream: notes how late each event is, and which jobs' outcomes came."""

    def __init__(self, path: str, lateness: Counter[int], connected: asyncio.Semaphore) -> None:
        self._path = path
        self._lateness = lateness
        self._connected = connected
        self._rest = b""
        self.answered = False
        self.ended = False
        self.succeeded: set[bytes] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the events."""
        request = f"GET {self._path} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        cast("asyncio.Transport", transport).write(request.encode())

    def data_received(self, data: bytes) -> None:
        """Take the whole events; the last line may go on in the next piece."""
        now_ms = time.time() * 1000
        if not self.answered:
            self.answered = True
            self._connected.release()
        whole, _, self._rest = (self._rest + data).rpartition(b"\n")
        for at_ms, event, job_id in EVENT.findall(whole):
            self._lateness[max(0, round(now_ms - int(at_ms)))] += 1
            if event == b"succeeded":
                self.succeeded.add(job_id)

    def connection_lost(self, exc: Exception | None) -> None:
        """A stream that ends early is reported."""
        del exc
        self.ended = True


async def be_clients(url: str, count: int) -> None:
    """The client process: connect, say so, listen until told which outcomes there were, report."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 200, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    host, _, port = urlsplit(url).netloc.partition(":")
    lateness: Counter[int] = Counter()
    connected = asyncio.Semaphore(0)
    clients = [Client("/api/events", lateness, connected) for _ in range(count)]
    loop = asyncio.get_running_loop()
    for client in clients:
        await loop.create_connection(partial(as_it_is, client), host, int(port))
    for _ in clients:
        await connected.acquire()
    print(json.dumps({"connected": count}), flush=True)
    expected = {
        job_id.encode() for job_id in json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    }
    deadline = loop.time() + PATIENCE_S
    # Looked at now and then: an asyncio.Event would cost a comparison for each event that arrives.
    while loop.time() < deadline and not all(  # noqa: ASYNC110
        expected <= client.succeeded for client in clients
    ):
        await asyncio.sleep(0.2)
    report = {
        "lateness": dict(lateness),
        "lost": sum(len(expected - client.succeeded) for client in clients),
        "ended": sum(client.ended for client in clients),
        "cpu_s": time.process_time(),
    }
    print(json.dumps(report), flush=True)


def as_it_is(client: Client) -> Client:
    """asyncio wants a factory; the clients are made already."""
    return client


async def start_clients(url: str, count: int) -> Process:
    """A client process whose streams are all answered."""
    arguments = [sys.executable, __file__, "--be-clients", url, "--clients", str(count)]
    process = await asyncio.create_subprocess_exec(*arguments, stdin=PIPE, stdout=PIPE, limit=1 << 24)
    try:
        await said(process)
    except BaseException:
        process.kill()
        raise
    return process


async def said(process: Process) -> dict[str, Any]:
    """The next line of a client process."""
    if process.stdout is None:
        raise RuntimeError("no pipe")
    line = await asyncio.wait_for(process.stdout.readline(), 120)
    return dict(json.loads(line))


async def report_of(process: Process, ids: list[str]) -> dict[str, Any]:
    """Tell a client process which outcomes there were; what it saw of them."""
    if process.stdin is not None:
        process.stdin.write(json.dumps(ids).encode() + b"\n")
    report = await said(process)
    await process.wait()
    return report


async def feed(url: str, seconds: float) -> list[str]:
    """Enqueue a job every 30 ms; the ids."""
    ids: list[str] = []
    async with Queue.connect(url) as queue:
        begin = time.monotonic()
        while (now := time.monotonic()) - begin < seconds:
            job = await queue.enqueue("echo_task", len(ids))
            ids += [job.job_id] if job else []
            await asyncio.sleep(max(0.0, begin + len(ids) * JOB_EVERY_S - now))
    return ids


async def measure(stack: Stack, valkey: Valkey, options: argparse.Namespace) -> dict[str, Any]:
    """One run: memory and CPU of the web process, and what the clients saw."""
    web = psutil.Process(stack.web_pid)
    numbers: dict[str, Any] = {"rss_before": web.memory_info().rss}
    share = options.clients // options.processes
    processes = [await start_clients(stack.url, share) for _ in range(options.processes)]
    numbers["rss_connected"] = web.memory_info().rss
    watching = asyncio.create_task(peak_rss(web))
    cpu_before = web.cpu_times()
    ids = await feed(valkey.url, options.seconds)
    cpu_after = web.cpu_times()
    numbers["web_cpu_percent"] = (
        100 * (cpu_after.user + cpu_after.system - cpu_before.user - cpu_before.system) / options.seconds
    )
    reports = [await report_of(process, ids) for process in processes]
    watching.cancel()
    numbers["rss_peak"] = max(numbers["rss_connected"], *RSS)
    lateness: Counter[int] = Counter()
    for report in reports:
        lateness.update({int(ms): times for ms, times in report["lateness"].items()})
    return {
        **numbers,
        "jobs": len(ids),
        "clients": share * options.processes,
        "lateness": lateness,
        "lost": sum(report["lost"] for report in reports),
        "ended": sum(report["ended"] for report in reports),
        "client_cpu_s": sum(report["cpu_s"] for report in reports),
    }


RSS: list[int] = [0]


async def peak_rss(web: psutil.Process) -> None:
    """Note the memory of the web process twice a second."""
    while True:
        RSS.append(web.memory_info().rss)
        await asyncio.sleep(0.5)


def percentile(lateness: Counter[int], percent: float) -> float:
    """The percentile of the counted ms."""
    left = lateness.total() * percent / 100
    for ms in sorted(lateness):
        left -= lateness[ms]
        if left <= 0:
            return ms
    return 0


def main() -> None:
    """Measure once, or be a client process."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2, help="processes that the clients are spread over")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--be-clients", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.be_clients:
        uvloop.run(be_clients(options.be_clients, options.clients))
        return
    facts = machine.facts()
    with embedded_valkey() as valkey, running_stack(valkey) as stack:
        found = uvloop.run(measure(stack, valkey, options))
    late, mib = found["lateness"], 2**20
    delivered = late.total()
    lines = [
        Line("outcomes lost", [found["lost"]], "of " + f"{found['jobs'] * found['clients']:,}", 0, 0),
        Line("streams that ended early", [found["ended"]], "streams", 0, 0),
        Line("lateness p50", [percentile(late, 50)], "ms", digits=0),
        Line("lateness p99", [percentile(late, 99)], "ms", 500, 0),
        Line("lateness, the worst", [max(late, default=0)], "ms", digits=0),
        Line("events delivered", [delivered / options.seconds], "a second", digits=0),
        Line("web process before", [found["rss_before"] / mib], "MiB"),
        Line("web process, all connected", [found["rss_connected"] / mib], "MiB"),
        Line("web process, at its peak", [found["rss_peak"] / mib], "MiB"),
        Line("web process, CPU", [found["web_cpu_percent"]], "% of a core", digits=0),
    ]
    notes = [
        f"{found['clients']:,} streams of all events; {found['jobs']:,} jobs in {options.seconds:g} s.",
        f"The {options.processes} client processes used {found['client_cpu_s']:.0f} CPU s on the same cores.",
        "Lateness counts from the whole ms in the event's stream id.",
        "Reproduce: `python benchmarks/clients.py`.",
    ]
    publish("clients", f"{found['clients']:,} clients on one web process", lines, notes, facts)


if __name__ == "__main__":
    main()
