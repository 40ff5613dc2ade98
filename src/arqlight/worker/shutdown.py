"""How a worker's work ends: what still runs is handed back, uncharged, and what is known is written."""

import asyncio
from collections.abc import Sequence

from arqlight.logs import get_logger
from arqlight.worker.attempt import Attempt, Stop
from arqlight.worker.ending import Released
from arqlight.worker.entries import Entries
from arqlight.worker.fetcher import Fetcher
from arqlight.worker.hooks import Hooks
from arqlight.worker.running import Running
from arqlight.worker.threads import Threads
from arqlight.worker.writer import Writer

__all__ = ["Shutdown"]

logger = get_logger("arqlight.worker")

# For how long a cancelled function may take to end, and the writing of all ends.
_CANCEL_WAIT_S = 5.0
_DRAIN_WAIT_S = 10.0


class Shutdown:
    """Ends a worker's work, in three steps: claim no more, hand back, end.

    Args:
        running: what runs.
        fetcher: claims.
        entries: makes what is written.
        writer: writes it.
        hooks: arq's ``after_job_end`` may be under way.
        threads: where plain functions run.
    """

    def __init__(
        self,
        running: Running,
        fetcher: Fetcher,
        *,
        entries: Entries,
        writer: Writer,
        hooks: Hooks,
        threads: Threads,
    ) -> None:
        self._running = running
        self._fetcher = fetcher
        self._entries = entries
        self._writer = writer
        self._hooks = hooks
        self._threads = threads

    def claim_no_more(self) -> None:
        """Let what runs go on, and take nothing more."""
        self._running.accepts = False
        self._fetcher.stir()

    def hand_back(self) -> None:
        """Stop what runs, and whatever a claim that is under way will yield, to be handed back."""
        self.claim_no_more()
        self._running.is_stopping = True
        for attempt in self._running.attempts():
            attempt.request_stop(Stop.shutdown)

    async def end(self) -> None:
        """Hand back, and wait until everything is written, within limits of time."""
        self.hand_back()
        self._fetcher.end()
        await self._fetcher.wait()
        in_threads = {attempt.task for attempt in self._running.attempts() if attempt in self._threads}
        tasks = [task for task in self._running.tasks.values() if task not in in_threads]
        if tasks:
            await asyncio.wait(tasks, timeout=_CANCEL_WAIT_S)
        self._release([one for one in self._running.attempts() if one not in self._threads])
        await self._drain()
        await self._hooks.wait(_CANCEL_WAIT_S)

    async def release_threads(self) -> None:
        """Hand back the jobs of threads that did not end, which nothing can stop but the process's end.

        To be called last of all, as near to that as can be.
        """
        left = self._running.attempts()
        self._release(left)
        if left:
            await self._drain()

    def reopen(self) -> None:
        """Take jobs again: arq's ``--watch`` runs the same worker once more."""
        self._running.is_stopping = False
        self._running.accepts = True

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(_DRAIN_WAIT_S):
                await self._writer.drain()
        except TimeoutError:
            logger.warning("redis is away: the ends of %d jobs could not be written", len(self._running.held))

    def _release(self, attempts: Sequence[Attempt]) -> None:
        for attempt in attempts:
            logger.warning(
                "%s did not end when it was cancelled; it is handed back all the same", attempt.ref
            )
            attempt.stop = Stop.lost
            self._writer.add(attempt, self._entries.of(attempt, Released()))
