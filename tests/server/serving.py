"""The tests' applications, and a client of their event streams."""

import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, NamedTuple

import httpx
from arq.connections import ArqRedis

from arqlight import keys

__all__ = [
    "APPS",
    "Events",
    "Received",
    "flood",
    "hub_is_reading",
    "is_outcome",
    "stalled_reader",
    "watching",
]

APPS = "tests.server.apps"


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
