"""The short way of a command to Redis and back: all that we use of redis-py's private parts is in this file.

redis-py's asyncio client packs commands in Python, and waits a turn of the event loop to learn whether an
idle connection is still good. Together that took longer than all else that is done to enqueue or claim a job.
``tests/unit/test_fast_path.py`` holds the installed redis-py to what is used here;
``docs/adr/0005-private-redis-py.md`` says why, and what to do when an upgrade breaks it.
"""

import select
from typing import Any

import hiredis
from arq.connections import ArqRedis
from redis.asyncio.connection import BlockingConnectionPool, Connection, ConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from arqlight.redis.failures import ClusterRefusedError

__all__ = ["FastRedis"]

_ANY_TIME_S = 86_400.0
# How the errors begin that only a cluster's node gives.
_CLUSTERS_WORDS = ("MOVED ", "CROSSSLOT ")
# Their connections only have to be taken. A Sentinel's pool checks that they still lead to the master.
_POOLS = (ConnectionPool, BlockingConnectionPool)


class FastRedis(ArqRedis):
    """arq's client, with a shorter way for a command when a connection is idle."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command and return its answer: redis-py's, but for how a connection comes from a pool.

        An idle one is tested by asking the system, which is also surer. New ones are redis-py's business: it
        makes no more of them at once than it has to.
        """
        pool = self.connection_pool
        if not _has_idle(pool) or self.single_connection_client or self.connection:
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        connection: Connection = pool.get_available_connection()  # type: ignore[no-untyped-call]
        try:
            if not _is_quiet(connection):
                await connection.disconnect(nowait=True)
                await connection.connect()  # type: ignore[no-untyped-call]
            return await connection.retry.call_with_retry(
                lambda: self._send_command_parse_response(connection, args[0], *args, **options),
                lambda error: self._disconnect_raise(connection, error),
            )
        finally:
            await pool.release(connection)

    async def execute_after(self, first: tuple[Any, ...], second: tuple[Any, ...]) -> Any:
        """Send two commands at once and return the second one's answer.

        When the first one blocks, Redis carries out the second as soon as it is over, without a round trip.
        """
        pool = self.connection_pool
        connection = await pool.get_connection()
        try:
            await connection.send_packed_command([hiredis.pack_command(first), hiredis.pack_command(second)])
            # How long that may take is the caller's business, not the connection's.
            await connection.read_response(timeout=_ANY_TIME_S)
            return await connection.read_response()
        except BaseException as error:
            # Answers may be left on it.
            await connection.disconnect(nowait=True)
            if isinstance(error, RuntimeError):
                raise _connection_lost(error) from error
            raise
        finally:
            await pool.release(connection)

    async def _send_command_parse_response(
        self, conn: Connection, command_name: str, *args: Any, **options: Any
    ) -> Any:
        """Send a command; the arguments of a script call, which are thousands, are packed in C.

        redis-py's own packing was a quarter of a worker's time.
        """
        try:
            if command_name == "EVALSHA":
                await conn.send_packed_command([hiredis.pack_command(args)])
            else:
                await conn.send_command(*args)
        except RuntimeError as error:
            raise _connection_lost(error) from error
        try:
            return await self.parse_response(conn, command_name, **options)
        except ResponseError as error:
            if str(error).startswith(_CLUSTERS_WORDS):
                raise ClusterRefusedError from error
            raise


def _connection_lost(error: RuntimeError) -> RedisConnectionError:
    """What uvloop says of a connection that Redis has closed meanwhile, as redis-py says it."""
    return RedisConnectionError(f"Connection lost: {error}")


# redis-py has nothing public that tells the next two without waiting.


def _has_idle(pool: ConnectionPool) -> bool:
    """Whether a pool of redis-py's own has a connection that nobody uses."""
    return type(pool) in _POOLS and bool(pool._available_connections)  # noqa: SLF001


def _is_quiet(connection: Connection) -> bool:
    """Whether a connection stands and nothing came on it, not even its end."""
    reader, writer, parser = connection._reader, connection._writer, connection._parser  # noqa: SLF001
    if reader is None or writer is None or writer.is_closing():
        return False
    if reader.at_eof() or reader._buffer or parser._reader.has_data():  # type: ignore[attr-defined]  # noqa: SLF001
        return False
    return not _has_arrived(writer.get_extra_info("socket").fileno())


def _has_arrived(socket: int) -> bool:
    """Whether there is something to read."""
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([socket], [], [], 0)[0])
    arrived = select.poll()
    arrived.register(socket, select.POLLIN)
    return bool(arrived.poll(0))
