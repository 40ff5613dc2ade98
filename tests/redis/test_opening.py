"""One factory for every client: by address, by Sentinel, by URL; and what it refuses."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from redis.asyncio.connection import BlockingConnectionPool, SSLConnection
from redis.asyncio.sentinel import SentinelConnectionPool, SentinelManagedSSLConnection
from redis.exceptions import AuthenticationError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from arqlight import Queue, RedisSettings
from arqlight.redis import LightRedis, connect_redis, open_redis, own_connections, wrap_redis
from arqlight.redis.failures import ClusterRefusedError, refuses, trouble
from tests.servers import Valkey, free_port

FEW = 3


def few_connections(url: str) -> RedisSettings:
    settings = RedisSettings.from_dsn(url)
    settings.max_connections = FEW
    return settings


async def test_calls_beyond_max_connections_wait_their_turn(redis_url: str) -> None:
    async with await connect_redis(few_connections(redis_url)) as redis:
        # Each holds its connection for a while.
        replies = await asyncio.gather(
            *(redis.execute_command("BLPOP", f"none-{n}", 0.05) for n in range(4 * FEW))
        )
        assert replies == [None] * 4 * FEW
        assert len(await redis.client_list()) <= FEW


@pytest.mark.parametrize("limit", [None, FEW])
@pytest.mark.parametrize("sentinel", [False, True])
def test_a_limit_makes_a_waiting_pool_by_sentinel_too(limit: int | None, sentinel: bool) -> None:
    host: Any = [("127.0.0.1", 1)] if sentinel else "127.0.0.1"
    pool = open_redis(RedisSettings(host=host, sentinel=sentinel, max_connections=limit)).connection_pool
    assert isinstance(pool, SentinelConnectionPool) is sentinel
    assert isinstance(pool, BlockingConnectionPool) is (limit is not None)
    assert limit is None or pool.max_connections == limit


def test_the_connections_of_tls_are_told_about_certificates() -> None:
    tls = RedisSettings(ssl=True, ssl_ca_certs="ca.pem", ssl_cert_reqs="none")
    by_sentinel = RedisSettings(
        host=[("127.0.0.1", 1)], sentinel=True, ssl=True, ssl_ca_certs="ca.pem", ssl_cert_reqs="none"
    )
    for settings, kind in ((tls, SSLConnection), (by_sentinel, SentinelManagedSSLConnection)):
        connection = open_redis(settings).connection_pool.make_connection()  # type: ignore[no-untyped-call]
        assert isinstance(connection, kind)
        assert (connection.ca_certs, connection.check_hostname) == ("ca.pem", False)


async def test_own_connections_lead_to_the_same_redis(redis_url: str) -> None:
    async with open_redis(few_connections(redis_url)) as redis, own_connections(redis) as own:
        await redis.set("key", "value")
        assert await own.get("key") == b"value"
        assert own.connection_pool is not redis.connection_pool


def test_own_connections_by_sentinel_ask_the_same_sentinels() -> None:
    settings = RedisSettings(host=[("127.0.0.1", 1), ("127.0.0.1", 2)], sentinel=True, sentinel_master="main")
    pool = own_connections(open_redis(settings)).connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    assert (pool.service_name, len(pool.sentinel_manager.sentinels)) == ("main", 2)


def test_a_single_host_is_no_list_of_sentinels() -> None:
    with pytest.raises(ValueError, match="sentinel is true, and host is 'redis': it has to be a list"):
        _ = open_redis(RedisSettings(host="redis", sentinel=True))


def test_a_pool_of_another_kind_is_no_client() -> None:
    with pytest.raises(TypeError, match="redis_pool is a dict, not an ArqRedis: one comes"):
        _ = wrap_redis({})  # type: ignore[arg-type]


async def test_a_redis_that_is_away_is_tried_as_often_as_the_settings_say(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = RedisSettings(port=free_port(), conn_retries=2, conn_retry_delay=0)
    with pytest.raises(RedisConnectionError):
        _ = await connect_redis(settings)
    lines = [record.message for record in caplog.records]
    assert [line.rpartition(", ")[2] for line in lines] == [f"{n} retries remaining..." for n in (2, 1)]
    assert lines[0].startswith(f"redis connection error localhost:{settings.port} ConnectionError ")


async def test_a_redis_that_refuses_is_tried_once(valkey: Valkey, caplog: pytest.LogCaptureFixture) -> None:
    settings = RedisSettings(host=valkey.host, port=valkey.port, username="nobody", password="wrong")  # noqa: S106
    with pytest.raises(AuthenticationError):
        _ = await connect_redis(settings)
    assert caplog.records == []


@pytest.fixture
def cluster() -> Iterator[Valkey]:
    """A server in cluster mode, which holds all slots, as a cluster of one node does."""
    with Valkey(cluster_enabled="yes") as server:
        yield server


async def test_a_cluster_is_refused_at_once(cluster: Valkey, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ClusterRefusedError, match=r"runs as a cluster, .* arqlight needs one server"):
        _ = await connect_redis(cluster.url)
    assert caplog.records == []


async def test_a_cluster_is_refused_where_it_is_met_first(cluster: Valkey) -> None:
    async with Queue.connect(cluster.url) as queue:
        await queue.redis.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        with pytest.raises(ClusterRefusedError, match="runs as a cluster"):
            await queue.enqueue("f")


def test_a_refusal_is_told_from_an_absence() -> None:
    assert refuses(AuthenticationError("WRONGPASS"))
    assert refuses(ResponseError("OOM"))
    assert refuses(ClusterRefusedError())
    assert not refuses(RedisConnectionError("Connection refused"))
    assert not refuses(TimeoutError())
    assert trouble(ResponseError("OOM")) == "redis refuses (ResponseError: OOM)"
    assert trouble(ConnectionResetError("gone")) == "redis is away (ConnectionResetError: gone)"


async def test_a_limited_client_enqueues_many_jobs_at_once(redis_url: str) -> None:
    async with Queue.connect(few_connections(redis_url)) as queue:
        assert isinstance(queue.redis, LightRedis)
        jobs = await asyncio.gather(*(queue.enqueue("f", n) for n in range(50)))
        assert len({job.job_id for job in jobs}) == 50
