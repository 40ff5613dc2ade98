"""Redis: opening a client, arq's client that wakes workers and is logged, and what counts as a failure."""

from arqlight.redis.client import DEFAULT_LOG_CAP, LightRedis, wrap_redis
from arqlight.redis.entry import make_entry
from arqlight.redis.ids import new_id, new_ids
from arqlight.redis.opening import connect_redis, open_redis, own_connections, redis_settings

__all__ = [
    "DEFAULT_LOG_CAP",
    "LightRedis",
    "connect_redis",
    "make_entry",
    "new_id",
    "new_ids",
    "open_redis",
    "own_connections",
    "redis_settings",
    "wrap_redis",
]
