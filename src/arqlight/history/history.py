"""`History`: every question that can be asked of the tables, for use in an event loop."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Self

from arq.utils import timestamp_ms

from arqlight.history.database import Database
from arqlight.history.migrations import migrate
from arqlight.history.models import (
    AuditPage,
    BatchPage,
    Depths,
    FailurePage,
    FunctionList,
    JobDetail,
    JobFilter,
    JobPage,
    JobRow,
    QueueList,
    Recording,
    ScheduleList,
    StateCounts,
    Stats,
    Usual,
    WorkerList,
)
from arqlight.history.queries import audit as auditing
from arqlight.history.queries import counts as counting
from arqlight.history.queries import depths as deepness
from arqlight.history.queries import failures as failing
from arqlight.history.queries import jobs as listing
from arqlight.history.queries import names as naming
from arqlight.history.queries import stats as figures
from arqlight.history.writing import identify

__all__ = ["History"]

_STREAMED = 500
_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000


class History:
    """What was: jobs, tries, failures and figures, as recorded in SQL.

    Every answer says at which event of the log it is true. SQL runs in threads, so the loop never waits.
    Made by `open`; close it with `aclose` or use it in ``async with``.
    """

    def __init__(self, database: Database, history_id: str) -> None:
        self.database = database
        self.id = history_id

    @classmethod
    async def open(cls, url: str | None = None) -> Self:
        """The history at a URL, its tables brought to this version's form.

        Args:
            url: ``sqlite:///file.db`` or ``postgresql://user:password@host/database``; by default what
                ``HISTORY_URL`` says, else a file ``arqlight-history.db`` in the working directory.

        Raises:
            ValueError: it is no such URL.
        """
        database = Database(url)
        try:
            await asyncio.to_thread(migrate, database)
            return cls(database, await database.write(identify))
        except BaseException:
            await database.aclose()
            raise

    async def aclose(self) -> None:
        """Close the connections."""
        await self.database.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def event_id(self) -> str:
        """The last event of the log that is in the tables; ``0-0`` before the first."""
        return await self.database.read(listing.event_id)

    async def jobs(
        self,
        wanted: JobFilter | None = None,
        *,
        sort: str = "age",
        limit: int = 50,
        cursor: str | None = None,
    ) -> JobPage:
        """A page of jobs.

        Args:
            wanted: which jobs; by default all.
            sort: ``age`` (youngest first), ``wait``, ``run`` (shortest first), ``tries`` (fewest first); with
                ``-`` before it the other way round. Jobs that never started have no wait, and those that do
                not have a finished try no run: they are not in lists by these.
            limit: how many at most, from 1 to 1,000.
            cursor: ``next`` of the page before.

        Raises:
            ValueError: a word of the filter, the sort, the limit or the cursor is wrong.
        """
        return await self.database.read(
            lambda connection: listing.page(
                connection,
                wanted or JobFilter(),
                sort=sort,
                limit=limit,
                cursor=cursor,
                now_ms=timestamp_ms(),
            )
        )

    async def stream_jobs(
        self, wanted: JobFilter | None = None, *, sort: str = "age"
    ) -> AsyncIterator[JobRow]:
        """All jobs of a list, read in pages as they are asked for. Jobs that change meanwhile come once."""
        cursor: str | None = None
        while True:
            page = await self.jobs(wanted, sort=sort, limit=_STREAMED, cursor=cursor)
            for job in page.jobs:
                yield job
            if page.next is None:
                return
            cursor = page.next

    async def counts(self, wanted: JobFilter | None = None) -> StateCounts:
        """How many jobs of a list are in each state, whatever states the filter asks for.

        Exact where the filter has only functions, queues, statuses and outcomes. Otherwise no more than the
        newest 10,000 jobs are looked at, 4,000 where each has to be tested; ``exact`` is false where there
        are more.

        Raises:
            ValueError: a word of the filter is wrong.
        """
        return await self.database.read(
            lambda connection: counting.counts(connection, wanted or JobFilter(), timestamp_ms())
        )

    async def job(self, job_id: str, *, key: str | None = None) -> JobDetail | None:
        """A job with its tries, logs and other incarnations; None for an unknown one.

        Args:
            job_id: which job.
            key: which of those that had this id; by default the newest.
        """
        return await self.database.read(
            lambda connection: listing.job(connection, job_id, key=key, now_ms=timestamp_ms())
        )

    # -- figures

    async def stats(
        self,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        step_s: int = 300,
        group: str | None = None,
        functions: Sequence[str] = (),
        queues: Sequence[str] = (),
    ) -> Stats:
        """What ended over time: throughput by outcome, and percentiles of wait and run.

        Args:
            since_ms: where the span begins; by default 24 hours before its end.
            until_ms: where it ends; by default now.
            step_s: seconds in each step, whole minutes. Minutes are kept for two days: for a longer span take
                whole hours.
            group: ``function`` or ``queue`` for a series of each, without percentiles; by default one of all.
            functions: of these alone.
            queues: of these alone.

        Raises:
            ValueError: the span or its steps, or the group, make no sense; says why.
        """
        until = timestamp_ms() + 1 if until_ms is None else until_ms
        since = until - _DAY_MS if since_ms is None else since_ms
        return await self.database.read(
            lambda connection: figures.stats(
                connection,
                since_ms=since,
                until_ms=until,
                step_s=step_s,
                group=group,
                functions=functions,
                queues=queues,
            )
        )

    async def depths(
        self,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        step_s: int = 60,
        queues: Sequence[str] = (),
    ) -> Depths:
        """How many jobs waited in each queue over time: the most that were seen in each step.

        A recorder looks every few seconds. Steps in which none waited, or nobody looked, have 0.

        Args:
            since_ms: where the span begins; by default an hour before its end.
            until_ms: where it ends; by default now.
            step_s: seconds in each step, whole minutes. Minutes are kept for two days: for a longer span take
                whole hours.
            queues: these alone, also those of which nothing is known; by default those in which jobs waited.

        Raises:
            ValueError: the span or its steps make no sense; says why.
        """
        until = timestamp_ms() + 1 if until_ms is None else until_ms
        since = until - _HOUR_MS if since_ms is None else since_ms
        return await self.database.read(
            lambda connection: deepness.depths(
                connection, since_ms=since, until_ms=until, step_s=step_s, queues=queues
            )
        )

    async def run_histogram(self, function: str) -> list[tuple[float, float, int]]:
        """How long the function's jobs ran that ended in the last 24 hours: from and to ms, and how many."""
        now_ms = timestamp_ms()
        return await self.database.read(
            lambda connection: figures.run_histogram(connection, function, now_ms - _DAY_MS, now_ms)
        )

    async def usual(self, function: str) -> Usual:
        """How long the function's jobs that succeeded in the last 7 days waited and ran."""
        return await self.database.read(
            lambda connection: figures.usual(connection, function, timestamp_ms())
        )

    async def failures(
        self,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        step_s: int = 3600,
        functions: Sequence[str] = (),
        q: str | None = None,
        fingerprint: str | None = None,
        sort: str = "last",
        limit: int = 50,
        cursor: str | None = None,
    ) -> FailurePage:
        """Groups of failures that happened since a time, with their counts over time.

        Args:
            since_ms: where the span begins; by default 24 hours before its end.
            until_ms: where it ends; by default now.
            step_s: seconds in each step of the counts, whole minutes.
            functions: of these alone.
            q: text within function, exception, place or message.
            fingerprint: this group alone, whenever it failed.
            sort: ``last`` (the latest first) or ``total`` (the most frequent first).
            limit: how many groups at most, from 1 to 200.
            cursor: ``next`` of the page before.

        Raises:
            ValueError: an argument makes no sense; says why.
        """
        until = timestamp_ms() + 1 if until_ms is None else until_ms
        since = until - _DAY_MS if since_ms is None else since_ms
        return await self.database.read(
            lambda connection: failing.page(
                connection,
                since_ms=since,
                until_ms=until,
                step_s=step_s,
                functions=functions,
                q=q,
                fingerprint=fingerprint,
                sort=sort,
                limit=limit,
                cursor=cursor,
            )
        )

    # -- what there is

    async def functions(self, *, since_ms: int | None = None) -> FunctionList:
        """All functions with their jobs' states, and what ended since a time, by default 24 hours ago."""
        now_ms = timestamp_ms()
        since = now_ms - _DAY_MS if since_ms is None else since_ms
        return await self.database.read(lambda connection: naming.function_list(connection, since, now_ms))

    async def queues(self) -> QueueList:
        """All queues with their jobs' states. How deep a queue is at this moment, Redis tells."""
        return await self.database.read(naming.queue_list)

    async def workers(self, *, since_ms: int = 0) -> WorkerList:
        """Workers that were seen since a time, 1,000 at most, the one seen last first."""
        return await self.database.read(lambda connection: naming.worker_list(connection, since_ms))

    async def schedules(self) -> ScheduleList:
        """Cron jobs with what became of their last ten runs."""
        return await self.database.read(lambda connection: naming.schedule_list(connection, timestamp_ms()))

    async def batches(self, *, limit: int = 50, cursor: str | None = None) -> BatchPage:
        """Batches, the youngest first.

        Args:
            limit: how many at most, from 1 to 200.
            cursor: ``next`` of the page before.

        Raises:
            ValueError: the limit or the cursor is wrong.
        """
        return await self.database.read(
            lambda connection: naming.batch_page(connection, limit=limit, cursor=cursor)
        )

    async def suggest(self, field: str, text: str = "", *, limit: int = 20) -> list[str]:
        """Names that contain a text in any case, those that begin with it first.

        Args:
            field: ``function``, ``queue``, ``worker`` or ``error_type``.
            text: what was typed so far.
            limit: how many at most.

        Raises:
            ValueError: the field is none of these.
        """
        return await self.database.read(lambda connection: naming.suggest(connection, field, text, limit))

    # -- the history itself

    async def recording(self) -> Recording:
        """How far the history is, and where events are missing."""
        return await self.database.read(auditing.recording)

    async def audit(self, *, limit: int = 50, before: str | None = None) -> AuditPage:
        """Who did what, the newest first. The newest lines of all may be in Redis alone, see `AuditLog`.

        Args:
            limit: how many at most, from 1 to 500.
            before: lines that are older than the one with this id.

        Raises:
            ValueError: the limit is out of bounds, or ``before`` is no id.
        """
        return await self.database.read(
            lambda connection: auditing.page(connection, limit=limit, before=before)
        )
