"""A process that enqueues: ``python -m tests.mixed.producer arq|arqlight COUNT ID_PREFIX``.

It enqueues `tests.mixed.settings.record` COUNT times, with ids made of the prefix and a number, and prints
how many of them were new.
"""

import asyncio
import os
import sys

from arq.connections import RedisSettings, create_pool

from arqlight import Queue


async def enqueue_by_arq(count: int, prefix: str) -> int:
    """One by one, as plain arq does."""
    pool = await create_pool(RedisSettings.from_dsn(os.environ["REDIS_URL"]))
    jobs = [await pool.enqueue_job("record", n, _job_id=f"{prefix}{n}") for n in range(count)]
    await pool.connection_pool.disconnect()
    return count - jobs.count(None)


async def enqueue_by_arqlight(count: int, prefix: str) -> int:
    """One by one, by arqlight's client."""
    async with Queue.connect(os.environ["REDIS_URL"]) as queue:
        jobs = [await queue.enqueue("record", n, _job_id=f"{prefix}{n}") for n in range(count)]
    return count - jobs.count(None)


PRODUCERS = {"arq": enqueue_by_arq, "arqlight": enqueue_by_arqlight}

if __name__ == "__main__":
    kind, number, id_prefix = sys.argv[1:]
    sys.stdout.write(f"{asyncio.run(PRODUCERS[kind](int(number), id_prefix))}\n")
