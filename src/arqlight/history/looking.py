"""Looking at what Redis holds, a little at a time: for plain arq, which writes no events, and after a gap.

One round takes the next few hundred keys of a SCAN for results, the next few hundred members of a queue, and
the next jobs that by the tables are not complete, and looks up those that may tell something new. A full
cycle looks at everything. No command takes longer than a script call for so many jobs.
"""

from collections.abc import Iterable, Sequence

from arq.constants import result_key_prefix
from sqlalchemy import Connection, select

from arqlight import keys, payload
from arqlight.events import id_key
from arqlight.history.facts import LIMITS, facts_of
from arqlight.history.models import Source
from arqlight.history.observing import Seen, observe, place_of
from arqlight.history.reading import RecordReader
from arqlight.history.rollups import rolled_until
from arqlight.history.states import LIVE
from arqlight.history.tables import jobs, totals
from arqlight.history.writing import load, write
from arqlight.models import JobStatus
from arqlight.redaction import Redaction
from arqlight.redis import LightRedis
from arqlight.states import job_from_state

__all__ = ["AT_ONCE", "Looker", "news", "queues_of"]

# How many keys, members and rows one round takes.
AT_ONCE = 300
_MOST_BYTES = 16_384


class Looker:
    """Looks round and round, and remembers where it is.

    Args:
        redis: the client.
        reader: what reads records.
        redaction: what to hide.
    """

    def __init__(self, redis: LightRedis, reader: RecordReader, redaction: Redaction) -> None:
        self._redis = redis
        self._reader = reader
        self._redaction = redaction
        self._results_at = 0
        self._queues: list[str] = []
        self._queue_at = 0
        self._live_after = 0
        self._pending: list[Seen] = []
        # Full cycles: of results, of queues, of rows that are not complete.
        self.cycles = [0, 0, 0]

    async def results(self) -> list[str]:
        """The ids of the next results, by a SCAN that looks at so many keys."""
        self._results_at, found = await self._redis.scan(
            self._results_at, match=f"{result_key_prefix}*", count=AT_ONCE
        )
        self.cycles[0] += self._results_at == 0
        return _texts(key[len(result_key_prefix) :] for key in found)

    async def members(self, queues: Sequence[str]) -> list[tuple[str, str]]:
        """The queue and the ids of the next jobs in a queue; ``queues`` are those that there are."""
        if not self._queues:
            self._queues = list(queues)
        if not self._queues:
            self.cycles[1] += 1
            return []
        queue = self._queues[0]
        self._queue_at, found = await self._redis.zscan(queue, self._queue_at, count=AT_ONCE)
        if self._queue_at == 0:
            self._queues.pop(0)
            self.cycles[1] += not self._queues
        return [(queue, job_id) for job_id in _texts(member for member, _ in found)]

    def live(self, connection: Connection) -> list[tuple[str, str]]:
        """The queue and the ids of the next jobs that by the tables are not complete."""
        chosen = (
            select(jobs.c.seq, jobs.c.queue, jobs.c.job_id)
            .where(jobs.c.state.in_(LIVE), jobs.c.seq > self._live_after)
            .order_by(jobs.c.seq)
            .limit(AT_ONCE)
        )
        rows = connection.execute(chosen).all()
        self._live_after = rows[-1].seq if len(rows) == AT_ONCE else 0
        self.cycles[2] += self._live_after == 0
        return [(row.queue, row.job_id) for row in rows]

    async def look_up(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Look up jobs, given as queue and id; `changes` makes what is seen of them rows."""
        by_queue: dict[str, dict[str, None]] = {}
        for queue, job_id in wanted:
            by_queue.setdefault(queue, {})[job_id] = None
        for queue, ids in by_queue.items():
            await self._look_up(queue, list(ids))

    async def _look_up(self, queue: str, job_ids: list[str]) -> None:
        event_id, now_ms, states = await self._redis.scripts.look_up(queue, job_ids, most_bytes=_MOST_BYTES)
        for job_id, raw in zip(job_ids, states, strict=True):
            head, size = (raw.result, raw.result_size) if raw.result_size else (raw.record, raw.record_size)
            record = payload.read_record(
                head, size, self._reader.deserializer, max_bytes=_MOST_BYTES, limits=LIMITS
            )
            job = job_from_state(
                job_id, raw, queue_name=queue, now_ms=now_ms, read=lambda *_, record=record: record
            )
            facts = facts_of(record, self._redaction, self._reader.parameters) if size else None
            self._pending.append(Seen(job, facts, event_id, now_ms))

    @property
    def has_seen(self) -> bool:
        """Whether anything was seen that is not yet written."""
        return bool(self._pending)

    def is_due(self, position: str) -> bool:
        """Whether the log was read up to where all that was seen is true."""
        return all(id_key(seen.event_id) <= id_key(position) for seen in self._pending)

    async def forget_gone(self) -> None:
        """Drop what was seen of jobs that are gone since: the log may have told of that already."""
        there = [one.job.job_id for one in self._pending if one.job.status != JobStatus.not_found]
        pipeline = self._redis.pipeline(transaction=False)
        for job_id in there:
            pipeline.exists(keys.job(job_id), keys.result(job_id))
        gone = {job_id for job_id, count in zip(there, await pipeline.execute(), strict=True) if not count}
        missing = JobStatus.not_found
        self._pending = [
            one for one in self._pending if one.job.status == missing or one.job.job_id not in gone
        ]

    def apply(self, connection: Connection, source: Source) -> list[str]:
        """Bring the tables in step with what was seen; returns the ids of jobs whose rows changed."""
        seen, self._pending = self._pending, []
        known = load(connection, [one.job.job_id for one in seen])
        near = [place_of(one, frozenset()) for one in seen]
        taken = frozenset(connection.scalars(select(jobs.c.seq).where(jobs.c.seq.in_(_with_next(near)))))
        changes = observe(
            seen, known, taken, self._redaction, source=source, not_before_ms=rolled_until(connection)
        )
        write(connection, changes)
        return [job.values["job_id"] for job in changes.jobs.values()]


def news(connection: Connection, results: Sequence[str], members: Sequence[str]) -> set[str]:
    """Those jobs that may have something to tell.

    Results tell nothing of jobs that are complete in the tables; members of a queue nothing of jobs that are
    not, which are looked at in any case.
    """
    is_live = jobs.c.state.in_(LIVE)
    done = set(connection.scalars(select(jobs.c.job_id).where(jobs.c.job_id.in_(results), ~is_live)))
    live = set(connection.scalars(select(jobs.c.job_id).where(jobs.c.job_id.in_(members), is_live)))
    return (set(results) - done) | (set(members) - live)


def queues_of(connection: Connection) -> list[str]:
    """The queues that the tables know."""
    return list(connection.scalars(select(totals.c.queue).distinct()))


def _with_next(seqs: Sequence[int]) -> list[int]:
    return [seq + more for seq in seqs for more in (0, 1, 2)]


def _texts(members: Iterable[bytes]) -> list[str]:
    """Ids as text; what is none is no job's."""
    found = []
    for member in members:
        try:
            found.append(member.decode())
        except UnicodeDecodeError:
            continue
    return found
