"""Switches that workers obey: a queue that is paused, a worker that drains, a cron job that is off."""

from redis.exceptions import ResponseError

from arqlight import keys
from arqlight.models import DrainAnswer
from arqlight.queue.workers import Workers
from arqlight.reading import Unreadable, fetch, is_wrong_type, moment_ms
from arqlight.redis import LightRedis

__all__ = ["Switches"]

_MOST_CRONS_OFF = 1_000
_LONGEST_MARK = 64


class Switches:
    """Turns them off and on.

    Args:
        redis: the client.
        workers: tells which queue a worker serves.
    """

    def __init__(self, redis: LightRedis, workers: Workers) -> None:
        self._redis = redis
        self._workers = workers

    async def pause(self, queue_name: str) -> bool:
        """See `arqlight.Queue.pause`."""
        return await self._redis.scripts.pause(queue_name) == "paused"

    async def resume(self, queue_name: str) -> bool:
        """See `arqlight.Queue.resume`."""
        return await self._redis.scripts.resume(queue_name) == "resumed"

    async def paused_since(self, queue_name: str) -> int | None:
        """See `arqlight.Queue.paused_since`."""
        since = await fetch(self._redis, keys.paused(queue_name), _LONGEST_MARK)
        if since is None:
            return None
        moment = moment_ms(since) if isinstance(since, bytes) else since
        return 0 if isinstance(moment, Unreadable) else moment

    async def drain_worker(self, worker_id: str) -> DrainAnswer:
        """See `arqlight.Queue.drain_worker`."""
        worker = await self._workers.worker(worker_id)
        if worker is None:
            return DrainAnswer.unknown
        return DrainAnswer(await self._redis.scripts.drain(worker.queue, worker_id))

    async def undrain_worker(self, worker_id: str) -> DrainAnswer:
        """See `arqlight.Queue.undrain_worker`."""
        worker = await self._workers.worker(worker_id)
        if worker is None:
            return DrainAnswer.unknown
        return DrainAnswer(await self._redis.scripts.undrain(worker.queue, worker_id))

    async def switch_cron(self, name: str, queue_name: str, *, on: bool) -> bool:
        """See `arqlight.Queue.switch_cron`."""
        answer = await self._redis.scripts.switch_cron(queue_name, name, on=on, most_off=_MOST_CRONS_OFF)
        if answer == "too_many":
            raise ValueError(f"{_MOST_CRONS_OFF:,} cron jobs of {queue_name} are off; no more can be")
        return answer != "unchanged"

    async def crons_off(self, queue_name: str) -> set[str]:
        """See `arqlight.Queue.crons_off`."""
        try:
            names = await self._redis.smembers(keys.crons_off(queue_name))  # type: ignore[misc]
        except ResponseError as error:
            if is_wrong_type(error):
                return set()
            raise
        return {name.decode("utf-8", "replace") for name in names}
