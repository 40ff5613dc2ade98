"""A process that starts recorders, each to be killed: `python -m tests.history.lives REDIS HISTORY ID`.

REDIS and HISTORY are URLs, ID is the history's id. For each line on standard input it forks a recorder and
prints its process id. So a recorder is there within milliseconds, and most of its life it records.
"""

import asyncio
import os
import signal
import sys

from arqlight import Queue
from arqlight.history import History, Recorder, recorder
from arqlight.history.database import Database

# Many small transactions, so that many a kill falls into one.
BATCH = 20


async def record(redis_url: str, history_url: str, history_id: str) -> None:
    async with History(Database(history_url), history_id) as history, Queue.connect(redis_url) as queue:
        await Recorder(queue.redis, history).run()


def main() -> None:
    recorder._BATCH = BATCH
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # none is waited for
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(record(*sys.argv[1:]))
            os._exit(1)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
