"""What a recorder does beside recording, a little at a time: adds up, forgets, indexes texts, looks round."""

from typing import Any

from arq.utils import timestamp_ms
from sqlalchemy import Connection, select, update

from arqlight import keys
from arqlight.history.looking import Looker, news, queues_of
from arqlight.history.models import Source
from arqlight.history.noting import Noter, Transaction
from arqlight.history.reading import RecordReader
from arqlight.history.retention import Retention, forget_figures, forget_jobs, give_back
from arqlight.history.rollups import roll_up
from arqlight.history.tables import gaps
from arqlight.history.texts import has_index, index_some
from arqlight.history.timer import Timer
from arqlight.redaction import Redaction
from arqlight.redis import LightRedis
from arqlight.redis.failures import ask

__all__ = ["Keeper"]

_LOOK_EVERY_S = 1.0
_JOBS_EVERY_S = 10.0
_FIGURES_EVERY_S = 60.0
_TEXTS_EVERY_S = 1.0
# Some ms of work for the database, for which the log waits.
_TEXTS_AT_ONCE = 300


class Keeper:
    """Keeps house for a recorder, which calls `keep` between two stretches of the log.

    Args:
        redis: the client.
        reader: what reads records; it is told the parameters of functions.
        retention: for how long what is kept.
        redaction: what to hide.
    """

    def __init__(
        self, redis: LightRedis, reader: RecordReader, retention: Retention, redaction: Redaction
    ) -> None:
        self._redis = redis
        self._reader = reader
        self._retention = retention
        self._looker = Looker(redis, reader, redaction)
        self._noter = Noter(redis, reader)
        self._look = Timer(_LOOK_EVERY_S)
        self._has_looked = False
        self._jobs = Timer(_JOBS_EVERY_S)
        self._figures = Timer(_FIGURES_EVERY_S)
        self._texts = Timer(_TEXTS_EVERY_S)
        # The gap that is being healed, and how many cycles were complete when it was found.
        self._healing: tuple[str, list[int]] | None = None

    async def keep(self, write: Transaction, read: Transaction, position: str, *, at_rest: bool) -> list[str]:
        """Do the next pieces that are due; returns the ids of jobs whose rows changed.

        write, read: run a change, or a question. position: up to which event the log was read. at_rest:
        whether that is its end.
        """
        if self._jobs.is_due() and await write(self._forget):
            self._jobs.again()
        if self._figures.is_due():
            while await write(roll_up):
                pass
            await write(lambda connection: forget_figures(connection, self._retention, timestamp_ms()))
            await write(give_back)
        await self._noter.note(write, read)
        if not at_rest:
            return []
        if self._texts.is_due() and await write(_index_texts) == _TEXTS_AT_ONCE:
            self._texts.again()
        if self._has_looked:
            return await self._conclude(write, position)
        if self._look.is_due():
            await self._look_round(read)
            self._has_looked = True
        return []

    def _forget(self, connection: Connection) -> int:
        return forget_jobs(connection, self._retention, timestamp_ms())

    async def _look_round(self, read: Transaction) -> None:
        """Look at the next piece of what Redis holds."""
        if self._healing is None:
            self._healing = await read(self._first_gap)
        queues = {keys.DEFAULT_QUEUE, *await read(queues_of)}
        results = await ask(self._looker.results())
        members = await ask(self._looker.members(sorted(queues)))
        new = await read(lambda connection: news(connection, results, [one for _, one in members]))
        live = await read(self._looker.live)
        wanted = [(keys.DEFAULT_QUEUE, one) for one in results if one in new]
        wanted += [(queue, one) for queue, one in members if one in new]
        await self._looker.look_up([*wanted, *live])

    async def _conclude(self, write: Transaction, position: str) -> list[str]:
        """Write what was seen in the last round, once the log is read so far."""
        if not self._looker.is_due(position):
            return []
        healing = self._healing
        source = Source.plain_arq if healing is None else Source.healed
        self._has_looked = False
        await ask(self._looker.forget_gone())
        changed: list[str] = []
        if self._looker.has_seen:
            changed = await write(lambda connection: self._looker.apply(connection, source))
        if healing is None:
            return changed
        self._look.again()
        gap, cycles = healing
        # The cycle in which the gap was found had begun before.
        is_over = all(now > then + 1 for now, then in zip(self._looker.cycles, cycles, strict=True))
        await write(lambda connection: note_mended(connection, gap, len(changed), is_over=is_over))
        if is_over:
            self._healing = None
        return changed

    def _first_gap(self, connection: Connection) -> tuple[str, list[int]] | None:
        gap = connection.scalar(select(gaps.c.after_id).where(gaps.c.healed_ms.is_(None)).limit(1))
        return None if gap is None else (gap, list(self._looker.cycles))


def _index_texts(connection: Connection) -> int:
    """Bring some rows' texts into their index, if there is one; returns how many."""
    return index_some(connection, _TEXTS_AT_ONCE) if has_index(connection) else 0


def note_mended(connection: Connection, gap: str, count: int, *, is_over: bool) -> None:
    """Note how many jobs were mended after a gap, and whether that was all."""
    values: dict[str, Any] = {"jobs_mended": gaps.c.jobs_mended + count}
    if is_over:
        values["healed_ms"] = timestamp_ms()
    connection.execute(update(gaps).where(gaps.c.after_id == gap).values(values))
