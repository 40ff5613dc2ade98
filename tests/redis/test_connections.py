"""The client's connections: one that Redis closed while it was idle is replaced, and nothing is lost."""

import asyncio
import time

import pytest
from redis.exceptions import NoScriptError

from arqlight import Queue
from tests.servers import Valkey


def cut_all(valkey: Valkey) -> None:
    """Close all connections, without a turn of the loop, so that it has not heard of it."""
    with valkey._client_on(valkey.port) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    time.sleep(0.05)


async def test_an_idle_connection_that_was_closed_is_replaced(queue: Queue, valkey: Valkey) -> None:
    await queue.enqueue("nap", _job_id="first")
    cut_all(valkey)
    assert await queue.enqueue("nap", _job_id="second") is not None
    assert await queue.redis.zcard(queue.queue_name) == 2


async def test_many_calls_at_once_have_a_connection_each(queue: Queue) -> None:
    ids = await asyncio.gather(*(queue.enqueue("nap", _job_id=f"job-{n}") for n in range(50)))
    assert None not in ids
    assert await queue.redis.zcard(queue.queue_name) == 50


async def test_a_server_that_forgot_the_scripts_is_given_them_again(queue: Queue) -> None:
    await queue.enqueue("nap", _job_id="first")
    await queue.redis.script_flush()
    assert await queue.enqueue("nap", _job_id="second") is not None
    with pytest.raises(NoScriptError):
        await queue.redis.execute_command("EVALSHA", "0" * 40, 0)
