"""`History`: every question that can be asked of the tables, for use in an event loop."""

import asyncio
from collections.abc import AsyncIterator
from typing import Self

from arq.utils import timestamp_ms

from arqlight.history.database import Database
from arqlight.history.migrations import migrate
from arqlight.history.models import JobDetail, JobFilter, JobPage, JobRow, StateCounts
from arqlight.history.queries import counts as counting
from arqlight.history.queries import jobs as listing
from arqlight.history.writing import identify

__all__ = ["History"]

_STREAMED = 500


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
        newest 20,000 jobs are looked at, and ``exact`` is false where there are more.

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
