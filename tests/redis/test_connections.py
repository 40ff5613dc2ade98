"""The client's connections: one that Redis closed while it was idle is replaced, and nothing is lost."""

import asyncio
import time
from collections.abc import Callable

import pytest
import uvloop
from redis.exceptions import NoScriptError

from arqlight import Queue, RedisSettings
from tests.servers import Valkey
from tests.worker.proxy import Proxy


def cut_unheard(valkey: Valkey) -> None:
    """Close all connections, without a turn of the loop, so that it has not heard of it."""
    valkey.cut_clients()
    time.sleep(0.05)


async def test_an_idle_connection_that_was_closed_is_replaced(queue: Queue, valkey: Valkey) -> None:
    await queue.enqueue("nap", _job_id="first")
    cut_unheard(valkey)
    assert await queue.enqueue("nap", _job_id="second") is not None
    assert await queue.redis.zcard(queue.queue_name) == 2


@pytest.mark.parametrize(
    "new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
def test_an_idle_connection_that_was_reset_is_replaced(
    new_loop: Callable[[], asyncio.AbstractEventLoop], valkey: Valkey, redis_url: str
) -> None:
    del redis_url

    async def reset_and_enqueue() -> None:
        async with Proxy(valkey.port) as proxy, Queue.connect(proxy.url) as queue:
            await queue.enqueue("nap", _job_id="first")
            proxy.reset()
            await asyncio.sleep(0.05)
            assert await queue.enqueue("nap", _job_id="second") is not None
            assert await queue.redis.zcard(queue.queue_name) == 2

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(reset_and_enqueue())


async def test_a_connection_with_an_answer_that_nobody_read_is_replaced(queue: Queue) -> None:
    pool = queue.redis.connection_pool
    connection = await pool.get_connection()
    await connection.send_command("ECHO", "one")
    await connection.send_command("ECHO", "two")
    await asyncio.sleep(0.05)
    assert await connection.read_response() == b"one"
    await pool.release(connection)
    assert await queue.redis.echo("three") == b"three"


@pytest.mark.parametrize("most", [None, 20])
async def test_many_calls_at_once_share_a_few_connections(
    most: int | None, valkey: Valkey, redis_url: str
) -> None:
    settings = RedisSettings.from_dsn(redis_url)
    settings.max_connections = most
    async with Queue.connect(settings) as queue:
        ids = await asyncio.gather(*(queue.enqueue("nap", _job_id=f"job-{n}") for n in range(300)))
        assert None not in ids
        assert await queue.redis.zcard(queue.queue_name) == 300
        assert len(await queue.redis.client_list()) <= 60


async def test_a_server_that_forgot_the_scripts_is_given_them_again(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="first")
    await queue.redis.script_flush()
    assert await queue.enqueue("nap", _job_id="second") is not None
    with pytest.raises(NoScriptError):
        await queue.redis.execute_command("EVALSHA", "0" * 40, 0)
