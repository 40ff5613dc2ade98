"""What live workers publish about themselves."""

from arqlight import keys
from arqlight.models import WorkerInfo
from arqlight.redis import LightRedis

__all__ = ["Workers"]


class Workers:
    """Tells which workers are up.

    Args:
        redis: the client.
    """

    def __init__(self, redis: LightRedis) -> None:
        self._redis = redis

    async def workers(self, queue_name: str | None) -> list[WorkerInfo]:
        """See `arqlight.Queue.workers`."""
        worker_ids = [worker_id.decode() for worker_id in await self._redis.zrange(keys.WORKERS, 0, -1)]
        found = await self._read(worker_ids)
        return [worker for worker in found if queue_name in (None, worker.queue)]

    async def worker(self, worker_id: str) -> WorkerInfo | None:
        """One worker, None if it is not up."""
        found = await self._read([worker_id])
        return found[0] if found else None

    async def _read(self, worker_ids: list[str]) -> list[WorkerInfo]:
        if not worker_ids:
            return []
        records = await self._redis.mget([keys.worker(worker_id) for worker_id in worker_ids])
        marks = await self._redis.mget([keys.draining(worker_id) for worker_id in worker_ids])
        workers = []
        for record, mark in zip(records, marks, strict=True):
            if record:
                worker = WorkerInfo.model_validate_json(record)
                worker.draining = mark is not None
                workers.append(worker)
        return workers

    async def functions(self, queue_name: str) -> set[str] | None:
        """See `arqlight.Queue.functions`."""
        workers = await self.workers(queue_name)
        return {name for worker in workers for name in worker.functions} if workers else None
