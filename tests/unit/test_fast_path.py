"""What `arqlight.redis.fast_path` uses of redis-py is there in the installed version, and means what it did.

These tests fail when an upgrade changes a private part. Read ``docs/adr/0005-private-redis-py.md`` then.
"""

import ast
import asyncio
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hiredis
import pytest
from redis.asyncio import Redis
from redis.asyncio.connection import BlockingConnectionPool, Connection, ConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

import arqlight
from arqlight.redis import open_redis
from arqlight.redis.failures import ClusterRefusedError

SOURCE = Path(arqlight.__file__).parent
# Private names of redis-py and of asyncio's streams beneath it.
PRIVATE = {
    "_available_connections",
    "_buffer",
    "_disconnect_raise",
    "_in_use_connections",
    "_parser",
    "_reader",
    "_send_command_parse_response",
    "_writer",
}


def private_names(path: Path) -> set[str]:
    """The private attributes that a file takes of anything but ``self``, ``cls`` and ``super()``."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and re.match("_[a-z]", node.attr):
            of_self = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            if not of_self or (path.parent.name == "redis" and node.attr in PRIVATE):
                names.add(node.attr)
    return names


def test_private_parts_of_redis_py_are_used_in_one_file_only() -> None:
    used = {path.relative_to(SOURCE): private_names(path) & PRIVATE for path in SOURCE.rglob("*.py")}
    assert {str(path) for path, names in used.items() if names} == {"redis/fast_path.py"}
    assert used[Path("redis/fast_path.py")] <= PRIVATE


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (Redis._send_command_parse_response, ["self", "conn", "command_name", "args", "options"]),
        (Redis._disconnect_raise, ["self", "conn", "error"]),
        (Redis.execute_command, ["self", "args", "options"]),
        (Redis.parse_response, ["self", "connection", "command_name", "options"]),
        (ConnectionPool.get_available_connection, ["self"]),
        (ConnectionPool.release, ["self", "connection"]),
        (BlockingConnectionPool.release, ["self", "connection"]),
        (Connection.send_packed_command, ["self", "command", "check_health"]),
        (Connection.send_command, ["self", "args", "kwargs"]),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_the_methods_take_what_they_are_given(function: Callable[..., Any], parameters: list[str]) -> None:
    assert list(inspect.signature(function).parameters) == parameters


async def test_a_connection_and_a_pool_have_the_parts_that_are_looked_at(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        pool = redis.connection_pool
        connection = await pool.get_connection()
        assert isinstance(connection._reader, asyncio.StreamReader)
        assert isinstance(connection._reader._buffer, bytearray)  # type: ignore[attr-defined]
        assert isinstance(connection._writer, asyncio.StreamWriter)
        assert connection._parser._reader.has_data() is False
        assert connection not in pool._available_connections
        await pool.release(connection)
        assert pool._available_connections == [connection]
        assert pool.get_available_connection() is connection
        await pool.release(connection)


async def test_a_command_takes_the_short_way_once_a_connection_is_idle(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A private part that was renamed would send every command the long way, and nothing would tell."""
    long_way: list[str] = []
    original: Callable[..., Any] = Redis.execute_command

    async def execute_command(self: Any, *args: Any, **options: Any) -> Any:
        long_way.append(args[0])
        return await original(self, *args, **options)

    monkeypatch.setattr(Redis, "execute_command", execute_command)
    async with open_redis(redis_url) as redis:
        await redis.ping()
        assert long_way == ["PING"]
        assert await redis.echo("hello") == b"hello"
        assert await redis.execute_command("EVAL", "return ARGV[1]", 0, "hello") == b"hello"
    assert long_way == ["PING"]


async def test_a_script_call_is_packed_in_c(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = []
    pack_command = hiredis.pack_command

    def pack(command: tuple[Any, ...]) -> Any:
        packed.append(command[0])
        return pack_command(command)

    monkeypatch.setattr(hiredis, "pack_command", pack)
    async with open_redis(redis_url) as redis:
        sha = await redis.script_load("return ARGV[1]")
        for _ in range(2):
            assert await redis.execute_command("EVALSHA", sha, 0, "hello") == b"hello"
    assert packed == ["EVALSHA", "EVALSHA"]


@pytest.mark.parametrize("command", [("EVALSHA", "abc", 1, "key", b"\x00\xff", 1.5, "é", ""), ("PING",)])
def test_the_packing_in_c_is_redis_pys(command: tuple[Any, ...]) -> None:
    assert hiredis.pack_command(command) == b"".join(Connection().pack_command(*command))


async def test_an_error_of_a_script_leaves_the_connection_good(redis_url: str) -> None:
    async with open_redis(redis_url) as redis:
        sha = await redis.script_load("return redis.error_reply('no')")
        connection = await redis.client_id()
        with pytest.raises(ResponseError, match=r"^no$"):
            await redis.execute_command("EVALSHA", sha, 0)
        assert await redis.echo("hello") == b"hello"
        # The very same one: the server's list has those of other clients of this test run too.
        assert await redis.client_id() == connection


@pytest.mark.parametrize("reply", ["MOVED 1 127.0.0.1:1", "CROSSSLOT Keys don't hash to the same slot"])
async def test_what_only_a_cluster_says_becomes_one_sentence(
    reply: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read_response(*args: Any, **options: Any) -> Any:
        raise ResponseError(reply)

    async with open_redis(redis_url) as redis:
        await redis.ping()
        monkeypatch.setattr(Connection, "read_response", read_response)
        with pytest.raises(ClusterRefusedError, match="this Redis runs as a cluster"):
            await redis.get("key")
        monkeypatch.undo()


async def test_what_uvloop_says_of_a_closed_connection_is_a_lost_connection(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def send(*args: Any, **options: Any) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    async with open_redis(redis_url) as redis:
        await redis.ping()
        monkeypatch.setattr(Connection, "send_packed_command", send)
        with pytest.raises(RedisConnectionError, match="Connection lost: unable to perform"):
            await redis.execute_command("EVALSHA", "0" * 40, 0)
        monkeypatch.undo()
