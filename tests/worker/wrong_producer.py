"""A producer whose clock is wrong: ``python -m tests.worker.wrong_producer SECONDS``."""

import asyncio
import sys
import time

from arqlight import Queue


async def main() -> None:
    """Enqueue a job for now and one for in two seconds."""
    async with Queue.connect() as queue:
        await queue.enqueue("quick", _job_id="now")
        await queue.enqueue("quick", _job_id="soon", _defer_by=2)


if __name__ == "__main__":
    right, off_by_s = time.time, float(sys.argv[1])
    time.time = lambda: right() + off_by_s
    asyncio.run(main())
