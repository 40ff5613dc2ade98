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
        worker_ids = await self._redis.zrange(keys.WORKERS, 0, -1)
        if not worker_ids:
            return []
        records = await self._redis.mget([keys.worker(worker_id.decode()) for worker_id in worker_ids])
        found = (WorkerInfo.model_validate_json(record) for record in records if record)
        return [worker for worker in found if queue_name in (None, worker.queue)]

    async def functions(self, queue_name: str) -> set[str] | None:
        """See `arqlight.Queue.functions`."""
        workers = await self.workers(queue_name)
        return {name for worker in workers for name in worker.functions} if workers else None
