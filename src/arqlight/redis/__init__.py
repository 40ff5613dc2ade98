"""Redis: opening a client, arq's client that wakes workers and is logged, and what counts as a failure."""

from arqlight.redis.client import (
    DEFAULT_LOG_CAP,
    LightRedis,
    due,
    expiry,
    new_id,
    new_ids,
    open_redis,
    own_connections,
    redis_settings,
    wrap_redis,
)

__all__ = [
    "DEFAULT_LOG_CAP",
    "LightRedis",
    "due",
    "expiry",
    "new_id",
    "new_ids",
    "open_redis",
    "own_connections",
    "redis_settings",
    "wrap_redis",
]
