"""Opening a client: where Redis is, by address or by Sentinel, with TLS or without, and how many connections.

Every client that arqlight makes comes from `open_redis`: the queue's, the worker's, the command line's.
"""

import asyncio
import os
import re
from typing import Any, cast

from arq.connections import RedisSettings
from redis.asyncio.connection import BlockingConnectionPool, ConnectionPool
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool

from arqlight.logs import get_logger
from arqlight.redaction import DEFAULT
from arqlight.redis.client import DEFAULT_LOG_CAP, LightRedis
from arqlight.redis.failures import REDIS_TROUBLE, ClusterRefusedError, refuses

__all__ = ["connect_redis", "open_redis", "own_connections", "redis_settings"]

# arq's own logger: whoever watches it for these lines still finds them.
logger = get_logger("arq.connections")

_SCHEMES = frozenset(("redis", "rediss", "unix", "valkey", "valkeys", "http", "https"))
_NO_PORT = re.compile(r":(?!\d+(?:/|\?|$)).*", re.DOTALL)
_TLS = ("ssl_keyfile", "ssl_certfile", "ssl_cert_reqs", "ssl_ca_certs", "ssl_ca_data", "ssl_check_hostname")


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
    except (RuntimeError, ValueError):
        # What it says itself may hold a part of the password.
        raise ValueError(
            f"{_without_password(url)!r} is not the URL of a Redis server; one looks like redis://localhost:6379/0"
        ) from None


def _without_password(url: str) -> str:
    """A URL that cannot be read, without what may be a password: what is before its last @ or behind a colon.

    In place of a port, only digits are shown: it may be a password whose host was forgotten.
    """
    before, at, rest = url.rpartition("@")
    scheme, separator, address = (before if at else rest).rpartition("://")
    if at:
        # In a URL without a scheme, a password may hold the "://".
        return DEFAULT.text(f"{scheme + separator if scheme in _SCHEMES else ''}***@{rest}")
    return DEFAULT.text(f"{scheme}{separator}{_NO_PORT.sub(':***', address)}")


def open_redis(
    redis: RedisSettings | str | None = None, *, log_cap: int = DEFAULT_LOG_CAP, **options: Any
) -> LightRedis:
    """A client that connects when it is first used.

    Beyond ``max_connections`` calls wait their turn, where redis-py's usual pool has them fail.

    Args:
        redis: arq's settings, or a URL; by default as `redis_settings` says.
        log_cap: about how many events the event log keeps; 0 turns it off.
        options: arq's own of a client: ``job_serializer``, ``default_queue_name`` and so on.

    Raises:
        ValueError: the URL is not one of Redis, or Sentinels are not given as a list of addresses.
    """
    settings = redis_settings(redis)
    client = _by_sentinel(settings) if settings.sentinel else _by_address(settings)
    client.log_cap = log_cap
    for name, value in options.items():
        setattr(client, name, value)
    return client


async def connect_redis(
    redis: RedisSettings | str | None = None, *, log_cap: int = DEFAULT_LOG_CAP, **options: Any
) -> LightRedis:
    """A client that is connected: `open_redis`, tried as often as the settings say; arq's ``create_pool``.

    Raises:
        ClusterRefusedError: Redis runs as a cluster.
        redis.exceptions.RedisError, OSError: it could not be reached in ``conn_retries`` more attempts, or it
            refuses us, which is told at once.
    """
    settings = redis_settings(redis)
    client = open_redis(settings, log_cap=log_cap, **options)
    try:
        await _until_it_answers(client, settings)
    except BaseException:
        await client.aclose(close_connection_pool=True)
        raise
    return client


async def _until_it_answers(client: LightRedis, settings: RedisSettings) -> None:
    for left in range(settings.conn_retries, -1, -1):
        try:
            await _check_server(client)
        except REDIS_TROUBLE as error:
            if refuses(error) or not left:
                raise
            logger.warning(
                "redis connection error %s:%s %s %s, %s retries remaining...",
                settings.host,
                settings.port,
                type(error).__name__,
                error,
                left,
            )
            await asyncio.sleep(settings.conn_retry_delay)
        else:
            if left < settings.conn_retries:
                logger.info("redis connection successful")
            return


async def _check_server(client: LightRedis) -> None:
    await client.ping()
    try:
        info = await client.info("server")
    except REDIS_TROUBLE as error:
        if refuses(error):
            # A user without the right to INFO may use all that jobs need.
            return
        raise
    if "cluster" in {info.get("redis_mode"), info.get("server_mode")}:
        raise ClusterRefusedError


def _by_address(settings: RedisSettings) -> LightRedis:
    client = LightRedis(
        host=settings.host,
        port=settings.port,
        unix_socket_path=settings.unix_socket_path,
        ssl=settings.ssl,
        **{name: getattr(settings, name) for name in _TLS},
        **_connection_options(settings),
    )
    if settings.max_connections:
        pool = client.connection_pool
        client.connection_pool = BlockingConnectionPool(
            settings.max_connections, connection_class=pool.connection_class, **pool.connection_kwargs
        )
    return client


def _connection_options(settings: RedisSettings) -> dict[str, Any]:
    return {
        "db": settings.database,
        "username": settings.username,
        "password": settings.password,
        "socket_connect_timeout": settings.conn_timeout,
        "retry": settings.retry,
        "retry_on_timeout": settings.retry_on_timeout,
        # redis-py adds to this list.
        "retry_on_error": list(settings.retry_on_error or ()),
    }


class _WaitingSentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """A pool of connections to the master that a Sentinel names, where calls wait their turn."""


def _by_sentinel(settings: RedisSettings) -> LightRedis:
    if isinstance(settings.host, str):
        raise ValueError(  # noqa: TRY004  two settings that do not fit
            f"sentinel is true, and host is {settings.host!r}: it has to be a list of the addresses of "
            "Sentinels, such as [('sentinel-1', 26379)]"
        )
    options = _connection_options(settings)
    if settings.ssl:
        options |= {"ssl": True, **{name: getattr(settings, name) for name in _TLS}}
    if settings.max_connections:
        options |= {
            "max_connections": settings.max_connections,
            "connection_pool_class": _WaitingSentinelPool,
        }
    sentinels = Sentinel(settings.host)  # type: ignore[no-untyped-call]
    return _master_of(sentinels, settings.sentinel_master, options)


def _master_of(sentinels: Sentinel, name: str, options: dict[str, Any]) -> LightRedis:
    return cast("LightRedis", sentinels.master_for(name, redis_class=LightRedis, **options))


def own_connections(redis: LightRedis) -> LightRedis:
    """A client of the same Redis with connections of its own, as another event loop needs them."""
    pool = redis.connection_pool
    options = {name: value for name, value in pool.connection_kwargs.items() if name != "connection_pool"}
    options["connection_class"] = pool.connection_class
    if not isinstance(pool, SentinelConnectionPool):
        return cast("LightRedis", LightRedis.from_pool(ConnectionPool(**options)))
    manager = pool.sentinel_manager
    where = [sentinel.connection_pool.connection_kwargs for sentinel in manager.sentinels]
    addresses = [(one["host"], one["port"]) for one in where]
    own = Sentinel(addresses, sentinel_kwargs=manager.sentinel_kwargs)  # type: ignore[no-untyped-call]
    return _master_of(own, pool.service_name, options)
