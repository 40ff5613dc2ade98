"""Real uvicorn processes that serve the tests' applications, and a client of their event streams."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx
import psutil
from arq.connections import ArqRedis

from arqlight import keys
from tests.helpers import wait_until
from tests.servers import free_port

__all__ = [
    "APPS",
    "Events",
    "Received",
    "Web",
    "flood",
    "hub_is_reading",
    "is_outcome",
    "stalled_reader",
    "watching",
]

ROOT = Path(__file__).parent.parent.parent
APPS = "tests.server.apps"
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0


class Web:
    """A web server process, started by its command line. Leaving its ``with`` block kills it.

    Args:
        app: an application, such as ``tests.server.apps:tutorial``.
        redis_url: the Redis that it is given, as ``REDIS_URL``.
        log: the file that its output goes to.
        options: further words of uvicorn's command line.
        command: another command than uvicorn's; it is given ``--port`` too.
    """

    def __init__(
        self,
        app: str,
        *,
        redis_url: str,
        log: Path,
        options: Sequence[str] = (),
        command: Sequence[str] = (sys.executable, "-m", "uvicorn"),
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._command = [*command, app, "--port", str(self.port), *options]
        self._redis_url = redis_url
        self.start()

    def start(self) -> None:
        """Start it, again if it has ended, on the same port."""
        paths = [str(ROOT / "src"), str(ROOT)]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env={**os.environ, "REDIS_URL": self._redis_url, "PYTHONPATH": os.pathsep.join(paths)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._answers_or_ended, START_TIMEOUT_S)
        assert self._process.poll() is None, self.output()

    def _answers_or_ended(self) -> bool:
        if self._process.poll() is not None:
            return True
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{self.url}/openapi.json")
            return True
        return False

    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def memory(self) -> int:
        """How many bytes of memory it uses."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def cpu_seconds(self) -> float:
        """How much processor time it has used."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def wait(self, timeout: float = STOP_TIMEOUT_S) -> int:
        """Wait for its end, and give its exit code."""
        return self._process.wait(timeout)

    def kill(self) -> None:
        """End it and its children at once. Fine to call when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()


class Received(NamedTuple):
    """One server-sent event as a browser would see it."""

    id: str
    event: str
    data: dict[str, Any]


class Events:
    """What comes over a stream. It keeps all that it has seen, as a browser keeps the last id."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.seen: list[Received] = []
        self.last_id = ""
        self.comments: list[str] = []
        self._lines = response.aiter_lines()

    async def next(self) -> Received:
        """The next event. Raises StopAsyncIteration at the end of the stream."""
        fields: dict[str, str] = {}
        async for line in self._lines:
            name, _, value = line.partition(": ")
            if line.startswith(":"):
                self.comments.append(value)
            elif line:
                fields[name] = value
            else:
                self.last_id = fields.get("id", self.last_id)
                if "data" in fields:
                    data = json.loads(fields["data"])
                    self.seen.append(Received(self.last_id, fields.get("event", "message"), data))
                    return self.seen[-1]
                fields = {}
        raise StopAsyncIteration

    async def until(self, condition: Callable[[Received], object]) -> Received:
        """Read until an event fulfils a condition, and give that one."""
        while True:
            received = await self.next()
            if condition(received):
                return received

    async def until_all_done(self, job_ids: Sequence[str]) -> None:
        """Read until each of the jobs has its outcome, by an event or a state."""
        missing = set(job_ids) - {r.data["job_id"] for r in self.seen if is_outcome(r)}
        while missing:
            received = await self.until(is_outcome)
            missing.discard(received.data["job_id"])

    def of(self, job_id: str) -> list[str]:
        """The kinds of events seen of a job, in their order."""
        return [received.event for received in self.seen if received.data.get("job_id") == job_id]


def is_outcome(received: Received) -> bool:
    """Whether it tells a job's outcome."""
    if received.event == "state":
        return bool(received.data["job"]["status"] == "complete")
    return received.event in {"succeeded", "failed", "aborted", "expired"}


@contextlib.asynccontextmanager
async def watching(
    url: str, path: str = "/api/events", *, last_event_id: str | None = None, **params: Any
) -> AsyncIterator[Events]:
    """Open an event stream. A silence of twenty seconds is an error."""
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    async with (
        httpx.AsyncClient(base_url=url, timeout=20) as client,
        client.stream("GET", path, params=params, headers=headers) as response,
    ):
        if response.status_code != httpx.codes.OK:
            await response.aread()
            raise AssertionError(f"{response.status_code}: {response.text}")
        yield Events(response)


@contextlib.contextmanager
def stalled_reader(url: str, path: str = "/api/events") -> Iterator[None]:
    """A client that asks for events, with the smallest of buffers, and reads none of them."""
    address = httpx.URL(url)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        client.connect((address.host, address.port))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.host}\r\n\r\n".encode())
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        yield


async def flood(redis: ArqRedis, *, megabytes: int) -> str:
    """Write many outcomes of a kilobyte each into the event log; gives the last one's id."""
    data = json.dumps({"job_try": 1, "result": "x" * 900})
    last = b""
    for _ in range(megabytes * 10):
        async with redis.pipeline(transaction=False) as pipe:
            for number in range(100):
                fields = {"event": "succeeded", "job_id": f"job {number}", "queue": "arq:queue", "data": data}
                pipe.xadd(keys.EVENTS, fields)  # type: ignore[arg-type]  # types-redis is too strict here
            last = (await pipe.execute())[-1]
    return last.decode()


async def hub_is_reading(redis: ArqRedis) -> bool:
    """Whether some web process waits for events."""
    return any(client["cmd"] == "xread" and "b" in client["flags"] for client in await redis.client_list())
