"""arq's client, whose ``enqueue_job`` here wakes workers and is logged."""

import functools
from datetime import datetime, timedelta
from typing import Any

from arq.connections import ArqRedis
from arq.jobs import Job
from arq.utils import timestamp_ms
from redis.asyncio.sentinel import SentinelConnectionPool

from arqlight.events import enqueued_data
from arqlight.models import JobRequest
from arqlight.redis.entry import make_entry
from arqlight.redis.fast_path import FastRedis
from arqlight.redis.ids import new_id
from arqlight.scripts import Scripts

__all__ = ["DEFAULT_LOG_CAP", "LightRedis", "wrap_redis"]

# How many events the log keeps, about.
DEFAULT_LOG_CAP = 100_000


class LightRedis(FastRedis):
    """arq's client. Jobs enqueued through it wake an idle worker at once and appear in the event log.

    ``log_cap`` is about how many events the log keeps; 0 turns it off.
    """

    log_cap: int = DEFAULT_LOG_CAP

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001  redis-py's
        """Close the connections, those to Sentinels too, which redis-py leaves open."""
        await super().aclose(close_connection_pool)
        pool = self.connection_pool
        if close_connection_pool and isinstance(pool, SentinelConnectionPool):
            for sentinel in pool.sentinel_manager.sentinels:
                await sentinel.aclose()

    @functools.cached_property
    def scripts(self) -> Scripts:
        """The Redis scripts, bound to this client."""
        return Scripts(self, self.log_cap)

    async def enqueue_job(
        self,
        function: str,
        *args: Any,
        _job_id: str | None = None,
        _queue_name: str | None = None,
        _defer_until: datetime | None = None,
        _defer_by: float | timedelta | None = None,
        _expires: float | timedelta | None = None,
        _job_try: int | None = None,
        _owner: str | None = None,
        **kwargs: Any,
    ) -> Job | None:
        """Enqueue a job: arq's ``ArqRedis.enqueue_job``, its arguments and its answer; ``_owner`` is ours.

        Unlike there, ``_defer_by`` counts from the Redis server's clock.

        Raises:
            TypeError, ValueError: an option is not what it has to be.
            RuntimeError: both ``_defer_until`` and ``_defer_by`` are given.
            arq.jobs.SerializationError: the arguments cannot be stored.
        """
        request = JobRequest(
            function,
            args,
            kwargs,
            job_id=_job_id,
            defer_until=_defer_until,
            defer_by=_defer_by,
            expires=_expires,
            job_try=_job_try,
            owner=_owner,
        )
        job_id = request.job_id or new_id()
        queue_name = _queue_name or self.default_queue_name
        data = enqueued_data(function, None, _owner)
        entry = make_entry(request, job_id, timestamp_ms(), data, serializer=self.job_serializer)
        reply = await self.scripts.enqueue(queue_name, [entry], expires_extra_ms=self.expires_extra_ms)
        # An id of our own is random: if it is taken, then by this call, sent again since its reply was lost.
        if reply.refused and request.job_id:
            return None
        return Job(job_id, redis=self, _queue_name=queue_name, _deserializer=self.job_deserializer)


def wrap_redis(pool: ArqRedis, *, log_cap: int = DEFAULT_LOG_CAP) -> LightRedis:
    """The same connections and options as ``pool``, as a `LightRedis`. Its own class stays in it.

    Raises:
        TypeError: it is another kind of client, such as one of a cluster.
    """
    if not isinstance(pool, ArqRedis):
        raise TypeError(
            f"redis_pool is a {type(pool).__name__}, not an ArqRedis: one comes from arq's create_pool, or "
            "leave it out and give redis_settings"
        )
    own = type(pool)
    kind: type[LightRedis] = LightRedis if own is ArqRedis else type(own.__name__, (own, LightRedis), {})
    redis = kind.__new__(kind)
    vars(redis).update(vars(pool))
    redis.log_cap = log_cap
    return redis
