"""Redis: opening a client, arq's client that wakes workers and is logged, and what counts as a failure."""

from arqlight.redis.client import (
    DEFAULT_LOG_CAP,
    LightRedis,
    new_id,
    new_ids,
    open_redis,
    own_connections,
    redis_settings,
    wrap_redis,
)
from arqlight.redis.entry import make_entry

__all__ = [
    "DEFAULT_LOG_CAP",
    "LightRedis",
    "make_entry",
    "new_id",
    "new_ids",
    "open_redis",
    "own_connections",
    "redis_settings",
    "wrap_redis",
]
