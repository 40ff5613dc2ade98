"""What live workers publish about themselves."""

import logging

from redis.exceptions import ResponseError

from arqlight import keys
from arqlight.models import WorkerInfo
from arqlight.reading import MOST_WORKER, Unreadable, fetch_many, is_wrong_type, name, worker_record
from arqlight.redis import LightRedis

__all__ = ["Workers"]

logger = logging.getLogger("arqlight.queue")

# So many workers are looked at, those that were last up first.
_MOST_WORKERS = 1_000
_LONGEST_ID = 512


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
        worker_ids = await self._worker_ids()
        if not worker_ids:
            return []
        worker_keys = [keys.worker(worker_id) for worker_id in worker_ids]
        fetched = await fetch_many(self._redis, worker_keys, MOST_WORKER)
        found = []
        for worker_id, raw in zip(worker_ids, fetched, strict=True):
            worker = worker_record(raw) if isinstance(raw, bytes) else raw
            if isinstance(worker, Unreadable):
                self._note(worker_id, worker)
            elif worker is not None and queue_name in {None, worker.queue}:
                found.append(worker)
        return found

    async def _worker_ids(self) -> list[str]:
        try:
            members = await self._redis.zrange(keys.WORKERS, 0, _MOST_WORKERS - 1, desc=True)
        except ResponseError as error:
            if is_wrong_type(error):
                return []
            raise
        read = (name(member, _LONGEST_ID) for member in reversed(members))
        return [worker_id for worker_id in read if not isinstance(worker_id, Unreadable)]

    def _note(self, worker_id: str, unreadable: Unreadable) -> None:
        if worker_id not in self._unreadable and len(self._unreadable) < _MOST_WORKERS:
            self._unreadable.add(worker_id)
            logger.warning("the record of worker %.60r is unreadable: %s", worker_id, unreadable.why)

    async def functions(self, queue_name: str) -> set[str] | None:
        """See `arqlight.Queue.functions`."""
        workers = await self.workers(queue_name)
        return {function for worker in workers for function in worker.functions} if workers else None
