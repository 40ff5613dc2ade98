"""What one connection and one client may take of the web server: real sockets, a real uvicorn."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from arqlight import connections
from arqlight.connections import BoundedProtocol, Limits, limits_from

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
FULL = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def echo_length(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@contextlib.asynccontextmanager
async def serving(monkeypatch: pytest.MonkeyPatch, limits: Limits) -> AsyncIterator[Connect]:
    monkeypatch.setattr(connections, "limits_here", lambda: limits)
    server = uvicorn.Server(
        uvicorn.Config(echo_length, http=BoundedProtocol, lifespan="off", log_level="critical")
    )
    listener = socket.create_server(("127.0.0.1", 0))
    with contextlib.ExitStack() as stack:
        stack.callback(listener.close)
        monkeypatch.setattr(server, "capture_signals", contextlib.nullcontext)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        writers: list[asyncio.StreamWriter] = []

        async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            reader, writer = await asyncio.open_connection(*listener.getsockname()[:2])
            writers.append(writer)
            return reader, writer

        yield connect
        for writer in writers:
            writer.close()
        server.should_exit = True
        await serving


async def status_of(reader: asyncio.StreamReader) -> int:
    line = await asyncio.wait_for(reader.readline(), 30)
    return int(line.split()[1])


async def test_headers_without_an_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(monkeypatch, Limits()) as connect:
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                writer.write(b"x" * 10_000)
                await writer.drain()
        assert await status_of(reader) == 431


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nX-Slow:"])
async def test_headers_that_do_not_come_are_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    async with serving(monkeypatch, Limits(head_s=0.2)) as connect:
        reader, writer = await connect()
        writer.write(begun)
        assert await status_of(reader) == 408
        assert await reader.read()
        assert reader.at_eof()


async def test_a_body_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(monkeypatch, Limits(body_s=0.5)) as connect:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
        answered = asyncio.create_task(status_of(reader))
        with contextlib.suppress(ConnectionError):
            while not answered.done():
                writer.write(b"x")
                await writer.drain()
                await asyncio.wait([answered], timeout=0.02)
        assert await answered == 408


async def test_a_large_body_and_many_requests_of_one_connection_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(monkeypatch, Limits()) as connect:
        reader, writer = await connect()
        for length in (5_000_000, 0, 100_000):
            writer.write(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n".encode())
            writer.write(b"x" * length)
            assert await status_of(reader) == 200
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(len(str(length))) == str(length).encode()


@pytest.mark.parametrize(
    ("limits", "status"),
    [(Limits(per_client=2, counts_local=True), 429), (Limits(connections=2), 503)],
)
async def test_one_connection_too_many_is_told_when_to_come_again(
    monkeypatch: pytest.MonkeyPatch, limits: Limits, status: int
) -> None:
    async with serving(monkeypatch, limits) as connect:
        held = [await connect() for _ in range(2)]
        for reader, writer in held:
            writer.write(FULL)
            assert await status_of(reader) == 200
        reader, writer = await connect()
        writer.write(FULL)
        assert await status_of(reader) == status
        assert b"Retry-After: 5" in await reader.read()
        held[0][1].close()
        await held[0][1].wait_closed()

        async def is_let_in() -> bool:
            reader, writer = await connect()
            writer.write(FULL)
            status = await status_of(reader)
            writer.close()
            return status == 200

        async with asyncio.timeout(20):
            while not await is_let_in():
                await asyncio.sleep(0.05)


def test_the_limits_are_the_environments() -> None:
    limits = limits_from({"ARQLIGHT_MAX_CONNECTIONS": "7", "ARQLIGHT_MAX_CONNECTIONS_PER_CLIENT": "3"})
    assert (limits.connections, limits.per_client, limits.counts_local) == (7, 3, True)
    assert not limits_from({}).counts_local
    for wrong in ("0", "-1", "many"):
        with pytest.raises(ValueError, match=r"ARQLIGHT_MAX_CONNECTIONS is .* a number above 0"):
            limits_from({"ARQLIGHT_MAX_CONNECTIONS": wrong})
