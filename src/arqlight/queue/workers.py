"""What live workers publish about themselves."""

from redis.exceptions import ResponseError

from arqlight import keys
from arqlight.logs import get_logger
from arqlight.models import WorkerInfo
from arqlight.reading import MOST_WORKER, Unreadable, fetch_many, is_wrong_type, name, worker_record
from arqlight.redis import LightRedis

__all__ = ["Workers"]

logger = get_logger("arqlight.queue")

# So many workers are looked at, those that were last up first.
_MOST_WORKERS = 1_000
_LONGEST_ID = 512
_LONGEST_MARK = 64


class Workers:
    """Tells which workers are up. What is no worker's record is logged once and left out.

    Args:
        redis: the client.
    """

    def __init__(self, redis: LightRedis) -> None:
        self._redis = redis
        self._unreadable: set[str] = set()

    async def workers(self, queue_name: str | None) -> list[WorkerInfo]:
        """See `arqlight.Queue.workers`."""
        found = await self._read(await self._worker_ids())
        return [worker for worker in found if queue_name in {None, worker.queue}]

    async def worker(self, worker_id: str) -> WorkerInfo | None:
        """One worker, None if it is not up."""
        found = await self._read([worker_id])
        return found[0] if found else None

    async def _worker_ids(self) -> list[str]:
        try:
            members = await self._redis.zrange(keys.WORKERS, 0, _MOST_WORKERS - 1, desc=True)
        except ResponseError as error:
            if is_wrong_type(error):
                return []
            raise
        read = (name(member, _LONGEST_ID) for member in reversed(members))
        return [worker_id for worker_id in read if not isinstance(worker_id, Unreadable)]

    async def _read(self, worker_ids: list[str]) -> list[WorkerInfo]:
        if not worker_ids:
            return []
        records = await fetch_many(self._redis, [keys.worker(id_) for id_ in worker_ids], MOST_WORKER)
        marks = await fetch_many(self._redis, [keys.draining(id_) for id_ in worker_ids], _LONGEST_MARK)
        workers = []
        for worker_id, record, mark in zip(worker_ids, records, marks, strict=True):
            worker = worker_record(record) if isinstance(record, bytes) else record
            if isinstance(worker, Unreadable):
                self._note(worker_id, worker)
            elif worker is not None:
                worker.draining = mark is not None
                workers.append(worker)
        return workers

    def _note(self, worker_id: str, unreadable: Unreadable) -> None:
        if worker_id not in self._unreadable and len(self._unreadable) < _MOST_WORKERS:
            self._unreadable.add(worker_id)
            logger.warning("the record of worker %.60r is unreadable: %s", worker_id, unreadable.why)

    async def functions(self, queue_name: str) -> set[str] | None:
        """See `arqlight.Queue.functions`."""
        workers = await self.workers(queue_name)
        return {function for worker in workers for function in worker.functions} if workers else None

    async def is_queue(self, queue_name: str) -> bool:
        """See `arqlight.Queue.is_queue`."""
        marks = (queue_name + keys.HEALTH_CHECK_SUFFIX, keys.counters(queue_name), keys.paused(queue_name))
        return bool(await self._redis.exists(*marks)) or bool(await self.workers(queue_name))
