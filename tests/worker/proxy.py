"""A TCP proxy before Redis that does what networks do: stalls, forgets, cuts, loses replies, is slow."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterator
from types import TracebackType
from typing import Self

__all__ = ["Proxy"]

CHUNK = 65_536


class Connection:
    """One client's connection through the proxy."""

    def __init__(self, proxy: "Proxy", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.proxy = proxy
        self.reader, self.writer = reader, writer
        self.forgotten = False
        self.loses_reply = False
        self.seen: list[asyncio.StreamWriter] = [writer]

    async def run(self) -> None:
        """Forward until either side closes."""
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.proxy.target)
        except OSError:
            self.writer.close()
            return
        self.seen.append(server_writer)
        pumps = [
            asyncio.create_task(self.pump(self.reader, server_writer, outward=True)),
            asyncio.create_task(self.pump(server_reader, self.writer, outward=False)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            if self.forgotten:
                await asyncio.Event().wait()
        finally:
            for pump in pumps:
                pump.cancel()
            self.close()

    async def pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, outward: bool
    ) -> None:
        """Forward one direction."""
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                await self.proxy.flows.wait()
                if self.forgotten:
                    continue
                if self.proxy.bytes_per_s:
                    await asyncio.sleep(len(data) / self.proxy.bytes_per_s)
                if outward and self.proxy.takes(data):
                    self.loses_reply = True
                elif not outward and self.loses_reply:
                    return
                writer.write(data)
                await writer.drain()

    def close(self) -> None:
        """Close both sides."""
        for writer in self.seen:
            writer.close()


class Proxy:
    """Forwards a port of its own to Redis.

    :param target: the port of Redis
    :ivar bytes_per_s: at most so many in each direction of each connection; 0 for as fast as can be
    :ivar lost_replies: how many replies were lost by `lose_reply_to`
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.bytes_per_s = 0
        self.lost_replies = 0
        self.flows = asyncio.Event()
        self.flows.set()
        self._word = b""
        self._then_stall = False
        self._connections: dict[Connection, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The address of Redis through the proxy."""
        return f"redis://127.0.0.1:{self.port}/0"

    @contextlib.contextmanager
    def stalled(self) -> Iterator[None]:
        """Let nothing through inside the block; what was sent meanwhile arrives after it."""
        self.flows.clear()
        try:
            yield
        finally:
            self.flows.set()

    def forget(self) -> None:
        """Forget the connections there are: the client's stay open and silent, the server's are closed."""
        for connection in self._connections:
            connection.forgotten = True
            connection.seen[-1].close()

    def cut(self) -> None:
        """Close the connections there are."""
        for connection in self._connections:
            connection.close()

    def reset(self) -> None:
        """Reset the clients' connections: what a firewall does to those that were idle for long."""
        for connection in self._connections:
            sock = connection.writer.get_extra_info("socket")
            # To linger for no time is to reset.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.writer.transport.abort()

    def lose_reply_to(self, word: bytes, *, then_stall: bool = False) -> None:
        """Pass the next command on that holds ``word``; close its connection in place of its reply.

        :param then_stall: let nothing through from then on, not even that end
        """
        self._word = word
        self._then_stall = then_stall

    def takes(self, data: bytes) -> bool:
        """Whether the reply to this command is to be lost."""
        if not self._word or self._word not in data:
            return False
        self._word = b""
        self.lost_replies += 1
        if self._then_stall:
            self.flows.clear()
        return True

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self, reader, writer)
        self._connections[connection] = asyncio.ensure_future(connection.run())
        try:
            await self._connections[connection]
        finally:
            del self._connections[connection]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._connections.values()):
            task.cancel()
        await asyncio.gather(*self._connections.values(), return_exceptions=True)
        await self._server.wait_closed()
