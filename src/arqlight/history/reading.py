"""Reading job and result records: bounded, in few round trips, and nothing in them is run."""

from collections.abc import Iterable, Sequence

from arqlight import keys, payload
from arqlight.history.facts import LIMITS, Facts, facts_of
from arqlight.models import FINAL_EVENTS, Event, EventType
from arqlight.redaction import Redaction
from arqlight.redis import LightRedis
from arqlight.serializers import to_read

__all__ = ["RecordReader", "records_of"]

# A failure's traceback is at a record's head, before its arguments and result.
_MOST_BYTES = 32_768
_AT_ONCE = 250


def records_of(events: Iterable[Event], *, failures_only: bool) -> tuple[dict[str, str], list[str]]:
    """The records to read for a stretch of the log.

    Returns the key to read of each job, and the ids of those jobs whose arguments are left for later.
    """
    wanted: dict[str, str] = {}
    later: dict[str, None] = {}
    for event in events:
        if event.event == EventType.failed:
            wanted[event.job_id] = keys.result(event.job_id)
            later.pop(event.job_id, None)
        elif event.event == EventType.enqueued:
            if failures_only:
                later[event.job_id] = None
            else:
                wanted[event.job_id] = keys.job(event.job_id)
        elif event.event in FINAL_EVENTS and event.job_id in wanted:
            wanted[event.job_id] = keys.result(event.job_id)
    return wanted, list(later)


class RecordReader:
    """Reads records and tells what they hold, without secrets.

    Args:
        redis: the client; its deserializer reads what is no pickle.
        redaction: what to hide.
    """

    def __init__(self, redis: LightRedis, redaction: Redaction) -> None:
        self._redis = redis
        self._redaction = redaction
        self.deserializer = to_read(redis.job_deserializer)
        # The names of each function's parameters, as workers publish them.
        self.parameters: dict[str, list[str]] = {}

    async def read(self, wanted: dict[str, str]) -> dict[str, bytes]:
        """The heads of records, by job id; those that are gone are left out."""
        items = list(wanted.items())
        heads: dict[str, bytes] = {}
        for first in range(0, len(items), _AT_ONCE):
            some = items[first : first + _AT_ONCE]
            pipeline = self._redis.pipeline(transaction=False)
            for _, key in some:
                pipeline.getrange(key, 0, _MOST_BYTES - 1)
            found = await pipeline.execute()
            heads.update((job_id, head) for (job_id, _), head in zip(some, found, strict=True) if head)
        return heads

    async def read_any(self, job_ids: Sequence[str]) -> dict[str, bytes]:
        """The heads of jobs' result records, or of their job records where they have no result."""
        results = await self.read({job_id: keys.result(job_id) for job_id in job_ids})
        rest = {job_id: keys.job(job_id) for job_id in job_ids if job_id not in results}
        return results | await self.read(rest)

    def facts(self, heads: dict[str, bytes]) -> dict[str, Facts]:
        """What records tell. Takes a while: call it in a thread."""
        return {job_id: self._facts(head) for job_id, head in heads.items()}

    def _facts(self, head: bytes) -> Facts:
        # Whether a record is longer is only seen from its head being full.
        total = len(head) + (len(head) == _MOST_BYTES)
        record = payload.read_record(head, total, self.deserializer, max_bytes=_MOST_BYTES, limits=LIMITS)
        return facts_of(record, self._redaction, self.parameters)
