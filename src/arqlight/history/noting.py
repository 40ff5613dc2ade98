"""What no event tells and Redis soon forgets: workers that are up, how deep queues are, the audit log."""

from collections.abc import Awaitable, Callable
from typing import Any

from arq.utils import timestamp_ms
from sqlalchemy import Connection, case

from arqlight import keys
from arqlight.audit import AuditLog
from arqlight.history.auditing import copied_id, copy_lines
from arqlight.history.looking import queues_of
from arqlight.history.reading import RecordReader
from arqlight.history.rollups import HOUR_S, MINUTE_S
from arqlight.history.tables import depths, workers
from arqlight.history.timer import Timer
from arqlight.history.writing import put, upsert
from arqlight.models import WorkerInfo
from arqlight.queue.depths import Depths, QueueDepth
from arqlight.queue.workers import Workers
from arqlight.redis import LightRedis
from arqlight.redis.failures import ask

__all__ = ["Noter", "Transaction", "put_depths"]

_WORKERS_EVERY_S = 5.0
_DEPTHS_EVERY_S = 5.0
_AUDIT_EVERY_S = 1.0
_LINES_AT_ONCE = 500

# Runs a change, or a question, in a transaction.
Transaction = Callable[[Callable[[Connection], Any]], Awaitable[Any]]


class Noter:
    """Notes what is seen of workers and queues, and copies the audit log.

    Args:
        redis: the client.
        reader: what reads records; it is told the parameters of functions.
    """

    def __init__(self, redis: LightRedis, reader: RecordReader) -> None:
        self._reader = reader
        self._workers = Workers(redis)
        self._depths = Depths(redis)
        self._audit = AuditLog(redis)
        self._see_workers = Timer(_WORKERS_EVERY_S)
        self._see_depths = Timer(_DEPTHS_EVERY_S)
        self._copy_audit = Timer(_AUDIT_EVERY_S)

    async def note(self, write: Transaction, read: Transaction) -> None:
        """Note what is due."""
        if self._see_workers.is_due():
            await self._note_workers(write)
        if self._see_depths.is_due():
            await self._note_depths(write, read)
        if self._copy_audit.is_due():
            await self._copy_lines(write, read)

    async def _note_workers(self, write: Transaction) -> None:
        found = await ask(self._workers.workers(None))
        self._reader.parameters = {
            function: list(schema.get("properties", {}))
            for worker in found
            for function, schema in worker.functions.items()
        }
        if found:
            await write(lambda connection: put_workers(connection, found))

    async def _note_depths(self, write: Transaction, read: Transaction) -> None:
        queues = {keys.DEFAULT_QUEUE, *await read(queues_of)}
        found = await ask(self._depths.of(sorted(queues)))
        if any(queue.waiting for queue in found):
            await write(lambda connection: put_depths(connection, found, timestamp_ms()))

    async def _copy_lines(self, write: Transaction, read: Transaction) -> None:
        lines = await ask(self._audit.read_on(await read(copied_id), count=_LINES_AT_ONCE))
        if lines:
            await write(lambda connection: copy_lines(connection, lines))


def put_workers(connection: Connection, found: list[WorkerInfo]) -> None:
    """Note workers that are up, as they say themselves."""
    rows = [
        {
            "worker_id": worker.worker_id,
            "host": worker.host,
            "pid": worker.pid,
            "queue": worker.queue,
            "version": worker.version,
            "max_jobs": worker.max_jobs,
            "start_ms": worker.start_ms,
            "first_ms": worker.start_ms,
            "last_ms": worker.seen_ms,
        }
        for worker in found
    ]
    put(connection, workers, rows)


def put_depths(connection: Connection, found: list[QueueDepth], now_ms: int) -> None:
    """Note how many jobs wait in queues, where it is more than before in this minute or hour."""
    rows = [
        {
            "step_s": step_s,
            "at_ms": now_ms // (step_s * 1000) * step_s * 1000,
            "queue": queue.name,
            "waiting": queue.waiting,
        }
        for queue in found
        if queue.waiting
        for step_s in (MINUTE_S, HOUR_S)
    ]
    statement = upsert(connection, depths)
    now, then = statement.excluded.waiting, depths.c.waiting
    most = {"waiting": case((now > then, now), else_=then)}
    connection.execute(
        statement.on_conflict_do_update(index_elements=depths.primary_key.columns, set_=most), rows
    )
