"""One recorder at a time: a lock in Redis, with a fencing number that the database checks.

The lock keeps others from trying; the number is what makes it safe. A recorder that was stopped for longer
than its lock lasted, and goes on, has a lower number than its successor, and the database refuses it.
"""

import asyncio
import secrets

from arqlight import keys
from arqlight.logs import get_logger
from arqlight.redis import LightRedis
from arqlight.redis.failures import REDIS_TROUBLE, ask

__all__ = ["RecorderLock"]

logger = get_logger("arqlight.history")

LOCK_MS = 10_000
_FENCE_EXPIRY_S = 30 * 86_400


class RecorderLock:
    """The right to keep one history.

    Args:
        redis: the client.
        history_id: which; several histories of one Redis are kept side by side.
        lock_ms: after so many ms without a renewal another recorder may take over.
    """

    def __init__(self, redis: LightRedis, history_id: str, *, lock_ms: int = LOCK_MS) -> None:
        self._redis = redis
        self._key = keys.recorder(history_id)
        self._fence_key = keys.recorder_fence(history_id)
        self._lock_ms = lock_ms
        self._id = secrets.token_hex(8)
        self.fence = 0
        self.is_held = False

    @property
    def _value(self) -> bytes:
        return f"{self._id}:{self.fence}".encode()

    async def acquire(self, least_fence: int) -> bool:
        """Try to take the lock, with a number above ``least_fence``; tells whether that worked."""
        if await ask(self._redis.exists(self._key)):
            return False
        fence = await ask(self._redis.incr(self._fence_key))
        if fence <= least_fence:
            # Redis lost its count.
            fence = await ask(self._redis.incrby(self._fence_key, least_fence + 1 - fence))
        await ask(self._redis.expire(self._fence_key, _FENCE_EXPIRY_S))
        self.fence = fence
        self.is_held = bool(await ask(self._redis.set(self._key, self._value, nx=True, px=self._lock_ms)))
        return self.is_held

    async def keep(self) -> None:
        """Renew the lock until it is lost, or this is cancelled. Waits where Redis is away."""
        while self.is_held:
            await asyncio.sleep(self._lock_ms / 3000)
            try:
                self.is_held = await self._renew()
            except REDIS_TROUBLE:
                # Nobody else can take it meanwhile; whether it is still ours is seen when Redis is back.
                continue
        logger.warning("another recorder keeps the history now")

    async def _renew(self) -> bool:
        """Between the two commands the lock may pass to another: its number protects it, not this."""
        holder = await ask(self._redis.get(self._key))
        if holder is None:
            return bool(await ask(self._redis.set(self._key, self._value, nx=True, px=self._lock_ms)))
        if holder != self._value:
            return False
        await ask(self._redis.pexpire(self._key, self._lock_ms))
        return True

    async def release(self) -> None:
        """Give it up, so that another recorder need not wait."""
        if self.is_held and await ask(self._redis.get(self._key)) == self._value:
            await ask(self._redis.delete(self._key))
        self.is_held = False
