"""Steering jobs that are in Redis: run them now, delete them, empty a queue."""

from collections.abc import Sequence

from arqlight.models import DeleteAnswer, RunNowAnswer
from arqlight.redis import LightRedis

__all__ = ["Steering"]

# One script call holds the server for as long as this many take.
JOBS_PER_CALL = 500


class Steering:
    """Moves and removes jobs, in bounded steps.

    Args:
        redis: the client.
    """

    def __init__(self, redis: LightRedis) -> None:
        self._redis = redis

    async def run_now(self, job_ids: Sequence[str], queue_name: str) -> list[RunNowAnswer]:
        """See `arqlight.Queue.run_now_many`."""
        answers: list[RunNowAnswer] = []
        for some in _chunks(job_ids):
            answers += map(RunNowAnswer, await self._redis.scripts.run_now(queue_name, some))
        return answers

    async def delete(self, job_ids: Sequence[str], queue_name: str) -> list[DeleteAnswer]:
        """See `arqlight.Queue.delete_many`."""
        answers: list[DeleteAnswer] = []
        for some in _chunks(job_ids):
            answers += map(DeleteAnswer, await self._redis.scripts.delete(queue_name, some))
        return answers

    async def empty(self, queue_name: str) -> int:
        """See `arqlight.Queue.empty`."""
        # What is enqueued meanwhile is not meant, and must not keep this going for ever.
        left = await self._redis.zcard(queue_name)
        removed = passed_over = 0
        while left > 0:
            last = passed_over + min(left, JOBS_PER_CALL) - 1
            some = await self._redis.zrange(queue_name, passed_over, last)
            if not some:
                break
            answers = await self._redis.scripts.delete(queue_name, some, only_waiting=True)
            deleted = answers.count(DeleteAnswer.deleted)
            removed += deleted
            passed_over += answers.count(DeleteAnswer.running)
            left -= len(some)
        return removed


def _chunks(job_ids: Sequence[str]) -> list[Sequence[str]]:
    return [job_ids[first : first + JOBS_PER_CALL] for first in range(0, len(job_ids), JOBS_PER_CALL)]
