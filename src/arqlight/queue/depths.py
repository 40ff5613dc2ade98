"""How deep queues are at this moment: asked of Redis, a few cheap commands for each queue."""

from collections.abc import Sequence
from typing import NamedTuple

from arqlight import keys
from arqlight.reading import Unreadable, is_wrong_type, moment_ms
from arqlight.redis import LightRedis

__all__ = ["Depths", "QueueDepth"]

_LONGEST_MARK = 64


class QueueDepth(NamedTuple):
    """One queue at this moment. Times are Unix ms by the Redis server's clock.

    ``waiting`` are the jobs that are due, ``oldest_ms`` is when the first of them became due. Jobs that plain
    arq workers run count as waiting: they keep their place in the queue.
    """

    name: str
    waiting: int
    deferred: int
    in_progress: int
    oldest_ms: int | None
    paused_ms: int | None


class Depths:
    """Tells how deep queues are.

    Args:
        redis: the client.
    """

    def __init__(self, redis: LightRedis) -> None:
        self._redis = redis

    async def of(self, queue_names: Sequence[str]) -> list[QueueDepth]:
        """See `arqlight.Queue.depths`."""
        seconds, microseconds = await self._redis.time()
        now_ms = seconds * 1000 + microseconds // 1000
        pipeline = self._redis.pipeline(transaction=False)
        for name in queue_names:
            pipeline.zcard(name)
            # A score has a fraction: all of this ms is due.
            pipeline.zcount(name, "-inf", f"({now_ms + 1}")
            pipeline.hlen(keys.running(name))
            pipeline.zrange(name, 0, 0, withscores=True)
            pipeline.getrange(keys.paused(name), 0, _LONGEST_MARK)
        found = await pipeline.execute(raise_on_error=False)
        for reply in found:
            if isinstance(reply, Exception) and not is_wrong_type(reply):
                raise reply
        width = 5
        return [
            _depth(name, found[at : at + width], now_ms)
            for name, at in zip(queue_names, range(0, len(found), width), strict=True)
        ]


def _depth(name: str, found: Sequence[object], now_ms: int) -> QueueDepth:
    """One queue's numbers; a key that is of another type, or holds no number, counts as empty."""
    total, due, running = (number if isinstance(number, int) else 0 for number in found[:3])
    first, paused = found[3], found[4]
    score = first[0][1] if isinstance(first, list) and first else None
    oldest = int(score) if isinstance(score, float) and 0 < score < now_ms + 1 else None
    return QueueDepth(
        name=name,
        waiting=due,
        deferred=max(0, total - due - running),
        in_progress=running,
        oldest_ms=oldest,
        paused_ms=_paused_ms(paused),
    )


def _paused_ms(mark: object) -> int | None:
    """Since when a queue is paused; 0 where its mark does not tell."""
    if not isinstance(mark, bytes) or not mark:
        return None
    moment = moment_ms(mark)
    return 0 if isinstance(moment, Unreadable) else moment
