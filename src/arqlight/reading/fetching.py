"""Asking Redis for string keys that may be of any length, or of another type."""

from collections.abc import Sequence

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from arqlight.reading.values import Unreadable

__all__ = ["fetch", "fetch_many", "is_wrong_type"]


def is_wrong_type(error: object) -> bool:
    """Whether Redis refused a command because the key is of another type."""
    return isinstance(error, ResponseError) and str(error).startswith("WRONGTYPE")


async def fetch(redis: Redis, key: str, most: int) -> bytes | Unreadable | None:
    """What a string key holds, None if it is not there. Nothing longer than ``most`` bytes is sent."""
    (value,) = await fetch_many(redis, [key], most)
    return value


async def fetch_many(redis: Redis, keys: Sequence[str], most: int) -> list[bytes | Unreadable | None]:
    """The same of many keys, in one round trip.

    Raises:
        redis.exceptions.RedisError: Redis refused for another reason than the key's type.
    """
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.getrange(key, 0, most)
    replies = await pipeline.execute(raise_on_error=False)
    return [_judged(reply, most) for reply in replies]


def _judged(reply: object, most: int) -> bytes | Unreadable | None:
    if is_wrong_type(reply):
        return Unreadable("its key is of another type")
    if isinstance(reply, Exception):
        raise reply
    if not isinstance(reply, bytes) or not reply:
        return None
    return Unreadable(f"longer than {most:,} bytes") if len(reply) > most else reply
