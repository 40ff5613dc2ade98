"""What `arqlight.web.live.stopping` takes for granted of uvicorn, which documents none of it.

Where an upgrade makes these fail, clients that do not read would keep a stopping server for good.
"""

import asyncio
import signal
from typing import Any

import pytest
import uvicorn
from arq.connections import ArqRedis
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from arqlight.web.live.stopping import MARK, _cut_stalled_streams, mark_stream
from tests.server.conftest import Serve
from tests.server.serving import flood, stalled_reader

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


class Transport(asyncio.Transport):
    """A connection whose other end is not there."""

    def __init__(self) -> None:
        super().__init__()
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True

    def write(self, data: Any) -> None:
        pass

    def is_closing(self) -> bool:
        return self.aborted

    def close(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


@pytest.mark.parametrize("protocol", [H11Protocol, HttpToolsProtocol])
@pytest.mark.parametrize("is_stream", [True, False])
async def test_a_stream_is_found_by_its_mark_and_cut_and_nothing_else_is(
    protocol: type[Any], *, is_stream: bool
) -> None:
    answering = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if is_stream:
            mark_stream(scope)
        answering.set()
        await asyncio.Event().wait()

    config = uvicorn.Config(app, lifespan="off", log_config=None)
    config.load()
    server = uvicorn.Server(config)
    assert isinstance(server.server_state, ServerState)
    connection, transport = protocol(config, server.server_state, {}), Transport()
    connection.connection_made(transport)
    connection.data_received(REQUEST)
    await answering.wait()
    _cut_stalled_streams(server)
    assert transport.aborted is is_stream
    for task in list(server.server_state.tasks):
        task.cancel()
    await asyncio.gather(*server.server_state.tasks, return_exceptions=True)


async def test_a_connection_without_a_request_and_another_kind_of_server_are_left_alone() -> None:
    config = uvicorn.Config("no:app", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    idle = type("WebSocket", (), {})()
    server.server_state.connections.add(idle)
    _cut_stalled_streams(server)
    _cut_stalled_streams(object())
    assert MARK == "arqlight_stream"


@pytest.mark.parametrize("http", ["h11", "httptools"])
async def test_a_client_that_reads_nothing_does_not_keep_the_server(
    serve: Serve, redis: ArqRedis, http: str
) -> None:
    web = serve("tutorial", "--http", http)
    with stalled_reader(web.url):
        await flood(redis, megabytes=10)  # more than the kernel's buffers and uvicorn's take
        web.signal(signal.SIGTERM)
        await asyncio.to_thread(web.wait, 3)
    assert "Application shutdown complete" in web.output()
