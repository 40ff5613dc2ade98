"""Connecting to Redis: arq's settings and client, whose ``enqueue_job`` here wakes workers and is logged."""

import functools
import os
import select
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

import hiredis
from arq.connections import ArqRedis, RedisSettings
from arq.jobs import Job
from arq.utils import timestamp_ms
from redis.asyncio.connection import BlockingConnectionPool, Connection, ConnectionPool
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError

from arqlight.events import enqueued_data
from arqlight.models import JobRequest
from arqlight.redis.entry import make_entry
from arqlight.scripts import Scripts

__all__ = [
    "DEFAULT_LOG_CAP",
    "LightRedis",
    "new_id",
    "new_ids",
    "open_redis",
    "own_connections",
    "redis_settings",
    "wrap_redis",
]

# How many events the log keeps, about.
DEFAULT_LOG_CAP = 100_000

_ANY_TIME_S = 86_400.0
_POOLS = (ConnectionPool, BlockingConnectionPool)


def new_id() -> str:
    """A new random id: 32 hex digits, as arq's job ids."""
    return os.urandom(16).hex()


def new_ids(count: int) -> list[str]:
    """New random ids, from one call to the system's source of randomness."""
    digits = os.urandom(16 * count).hex()
    return [digits[i : i + 32] for i in range(0, len(digits), 32)]


def redis_settings(source: RedisSettings | str | None = None) -> RedisSettings:
    """Where Redis is: the given settings or URL, else the URL in ``REDIS_URL``, else localhost.

    Raises:
        ValueError: the URL is not one of Redis; the message says what one looks like.
    """
    if isinstance(source, RedisSettings):
        return source
    url = source or os.environ.get("REDIS_URL")
    if not url:
        return RedisSettings()
    try:
        return RedisSettings.from_dsn(url)
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"{_without_password(url)!r} is not the URL of a Redis server; one looks like redis://localhost:6379/0"
        ) from error


def _without_password(url: str) -> str:
    try:
        password = urlsplit(url).password
    except ValueError:
        return url
    return url.replace(password, "***") if password else url


class LightRedis(ArqRedis):
    """arq's client. Jobs enqueued through it wake an idle worker at once and appear in the event log.

    ``log_cap`` is about how many events the log keeps; 0 turns it off.
    """

    log_cap: int = DEFAULT_LOG_CAP

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command and return its answer: redis-py's, but for how a connection comes from a pool.

        redis-py waits a turn of the loop to learn whether an idle connection was closed, which takes longer
        than all else that is done here to enqueue a job. This asks the system, which is also surer. New
        connections are redis-py's business: it makes no more of them at once than it has to.
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

        redis-py's asyncio client packs in Python, which was a quarter of a worker's time.
        """
        try:
            if command_name != "EVALSHA":
                return await super()._send_command_parse_response(  # type: ignore[no-untyped-call]
                    conn, command_name, *args, **options
                )
            await conn.send_packed_command([hiredis.pack_command(args)])
        except RuntimeError as error:
            raise _connection_lost(error) from error
        return await self.parse_response(conn, command_name, **options)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001  redis-py's
        """Close the connections, those to Sentinels too, which redis-py leaves open."""
        await super().aclose(close_connection_pool)
        pool = self.connection_pool
        if close_connection_pool and isinstance(pool, SentinelConnectionPool):
            for sentinel in pool.sentinel_manager.sentinels:
                await sentinel.aclose()

    @functools.cached_property
    def scripts(self) -> Scripts:
        """The Redis scripts, bound to this client."""
        return Scripts(self, self.log_cap)

    async def enqueue_job(
        self,
        function: str,
        *args: Any,
        _job_id: str | None = None,
        _queue_name: str | None = None,
        _defer_until: datetime | None = None,
        _defer_by: float | timedelta | None = None,
        _expires: float | timedelta | None = None,
        _job_try: int | None = None,
        _owner: str | None = None,
        **kwargs: Any,
    ) -> Job | None:
        """Enqueue a job: arq's ``ArqRedis.enqueue_job``, its arguments and its answer; ``_owner`` is ours.

        Unlike there, ``_defer_by`` counts from the Redis server's clock.

        Raises:
            TypeError, ValueError: an option is not what it has to be.
            RuntimeError: both ``_defer_until`` and ``_defer_by`` are given.
            arq.jobs.SerializationError: the arguments cannot be stored.
        """
        request = JobRequest(
            function,
            args,
            kwargs,
            job_id=_job_id,
            defer_until=_defer_until,
            defer_by=_defer_by,
            expires=_expires,
            job_try=_job_try,
            owner=_owner,
        )
        job_id = request.job_id or new_id()
        queue_name = _queue_name or self.default_queue_name
        data = enqueued_data(function, None, _owner)
        entry = make_entry(request, job_id, timestamp_ms(), data, serializer=self.job_serializer)
        reply = await self.scripts.enqueue(queue_name, [entry], expires_extra_ms=self.expires_extra_ms)
        # An id of our own is random: if it is taken, then by this call, sent again since its reply was lost.
        if reply.refused and request.job_id:
            return None
        return Job(job_id, redis=self, _queue_name=queue_name, _deserializer=self.job_deserializer)


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
    arrived = select.poll()
    arrived.register(writer.get_extra_info("socket").fileno(), select.POLLIN)
    return not arrived.poll(0)


def open_redis(settings: RedisSettings, **options: Any) -> LightRedis:
    """A client for arq's settings that connects when it is first used. ``options`` are ArqRedis's own."""
    connection = {
        "db": settings.database,
        "username": settings.username,
        "password": settings.password,
        "socket_connect_timeout": settings.conn_timeout,
        "retry": settings.retry,
        "retry_on_timeout": settings.retry_on_timeout,
        "retry_on_error": settings.retry_on_error,
        "max_connections": settings.max_connections,
    }
    redis = _by_sentinel(settings, connection) if settings.sentinel else _by_address(settings, connection)
    for name, value in options.items():
        setattr(redis, name, value)
    return redis


def _by_sentinel(settings: RedisSettings, connection: dict[str, Any]) -> LightRedis:
    sentinel = Sentinel(settings.host, ssl=settings.ssl)  # type: ignore[no-untyped-call]
    master = sentinel.master_for(settings.sentinel_master, redis_class=LightRedis, **connection)
    return cast("LightRedis", master)


def _by_address(settings: RedisSettings, connection: dict[str, Any]) -> LightRedis:
    redis = LightRedis(
        host=settings.host,
        port=settings.port,
        unix_socket_path=settings.unix_socket_path,
        ssl=settings.ssl,
        ssl_keyfile=settings.ssl_keyfile,
        ssl_certfile=settings.ssl_certfile,
        ssl_cert_reqs=settings.ssl_cert_reqs,
        ssl_ca_certs=settings.ssl_ca_certs,
        ssl_ca_data=settings.ssl_ca_data,
        ssl_check_hostname=settings.ssl_check_hostname,
        **connection,
    )
    if settings.max_connections:
        # Calls beyond so many wait their turn, where redis-py's usual pool has them fail.
        pool = redis.connection_pool
        redis.connection_pool = BlockingConnectionPool(
            settings.max_connections, connection_class=pool.connection_class, **pool.connection_kwargs
        )
    return redis


def own_connections(redis: LightRedis) -> LightRedis:
    """A client of the same Redis with connections of its own, as another event loop needs them."""
    pool = redis.connection_pool
    options = {name: value for name, value in pool.connection_kwargs.items() if name != "connection_pool"}
    options["connection_class"] = pool.connection_class
    if isinstance(pool, SentinelConnectionPool):
        manager = pool.sentinel_manager
        where = [sentinel.connection_pool.connection_kwargs for sentinel in manager.sentinels]
        addresses = [(one["host"], one["port"]) for one in where]
        own = Sentinel(addresses, sentinel_kwargs=manager.sentinel_kwargs)  # type: ignore[no-untyped-call]
        return cast("LightRedis", own.master_for(pool.service_name, redis_class=LightRedis, **options))
    return LightRedis(ConnectionPool(**options))


def wrap_redis(pool: ArqRedis, *, log_cap: int = DEFAULT_LOG_CAP) -> LightRedis:
    """The same connections and options as ``pool``, as a `LightRedis`. Its own class stays in it."""
    own = type(pool)
    kind: type[LightRedis] = LightRedis if own is ArqRedis else type(own.__name__, (own, LightRedis), {})
    redis = kind.__new__(kind)
    vars(redis).update(vars(pool))
    redis.log_cap = log_cap
    return redis
