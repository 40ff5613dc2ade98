"""A fleet: one parent that keeps N copies of a command running, each a process of its own.

It is what `arqlight worker --processes N` and `--watch` are made of. The parent forwards the signals that
stop a worker, the second one too; starts a copy again that ended by itself; and gives up when no copy
survives its start.
"""

import asyncio
import signal
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Sequence

from arqlight.logs import get_logger
from arqlight.processes.group import ProcessGroup, describe_exit, stop_signals

logger = get_logger("arqlight.fleet")

STARTED_AFTER_S = 10.0
"""A process that lived this long has survived its start."""
FAILED_STARTS_TO_GIVE_UP = 3
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
MOST_DOUBLINGS = 10
RELOAD_PATIENCE_S = 1.0
"""How long running jobs get when files changed, before the second signal."""

Changes = Callable[[asyncio.Event], AsyncIterator[object]]


class Fleet:
    """N copies of one command.

    Args:
        command: what each copy runs.
        size: how many.
        ends: whether the command ends by itself (a burst); it is then not started again.
        changes: given an event that ends it, yields whenever the copies are to be replaced.
    """

    def __init__(
        self, command: Sequence[str], size: int, *, ends: bool = False, changes: Changes | None = None
    ) -> None:
        self._command = command
        self._size = size
        self._ends = ends
        self._changes = changes
        self._group = ProcessGroup(grace=None)
        self._children: dict[int, Process] = {}
        self._failed_starts = [0] * size
        self._replaced: set[int] = set()
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()
        self._exit_code = 0

    async def run(self) -> int:
        """Keep the copies running until they are told to stop, or end.

        Returns:
            0, or 1 when no copy survived its start, or when a copy of a burst failed.
        """
        loop = asyncio.get_running_loop()
        for number in stop_signals():
            loop.add_signal_handler(number, self._forward, number)
        async with self._group, asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self._watch())
            async with asyncio.TaskGroup() as slots:
                for slot in range(self._size):
                    slots.create_task(self._keep(slot))
            self._stopping.set()
            watching.cancel()
        return self._exit_code

    def _forward(self, number: signal.Signals) -> None:
        """Tell every copy. A worker knows two signals that stop it; a closed terminal means the same."""
        self._stopping.set()
        self._wake.set()
        self._signal_all(signal.SIGTERM if number is signal.SIGHUP else number)

    def _signal_all(self, number: signal.Signals) -> None:
        for child in self._children.values():
            if child.returncode is None:
                child.send_signal(number)

    async def _keep(self, slot: int) -> None:
        while not self._stopping.is_set():
            started = time.monotonic()
            child = await self._start(slot)
            code = await child.wait()
            survived = time.monotonic() - started >= STARTED_AFTER_S
            if self._stopping.is_set() or self._ends:
                self._exit_code = self._exit_code or int(self._ends and code != 0)
                return
            if child.pid not in self._replaced:
                await self._recover(slot, child, survived=survived)
            self._replaced.discard(child.pid)

    async def _start(self, slot: int) -> Process:
        child = self._children[slot] = await self._group.start(self._command)
        logger.info("worker process %d of %d started (pid %d)", slot + 1, self._size, child.pid)
        if self._stopping.is_set():
            child.send_signal(signal.SIGTERM)
        return child

    async def _recover(self, slot: int, child: Process, *, survived: bool) -> None:
        """Say that a copy ended by itself, and wait before the next is started, or give up."""
        self._failed_starts[slot] = 0 if survived else self._failed_starts[slot] + 1
        ended = describe_exit(child.returncode or 0)
        name = f"worker process {slot + 1} of {self._size} (pid {child.pid})"
        if self._changes is None and min(self._failed_starts) >= FAILED_STARTS_TO_GIVE_UP:
            logger.error("%s ended: %s; no worker process survives its start, giving up", name, ended)
            self._exit_code = 1
            self._forward(signal.SIGTERM)
            return
        doublings = min(self._failed_starts[slot], MOST_DOUBLINGS)
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**doublings)
        logger.warning("%s ended: %s; starting it again in %g s", name, ended, pause)
        await self._sleep(pause)

    async def _sleep(self, seconds: float) -> None:
        """Sleep, unless something happens that makes it pointless: a signal, changed files."""
        self._wake.clear()
        if self._stopping.is_set():
            return
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    async def _watch(self) -> None:
        if self._changes is None:
            return
        async for _ in self._changes(self._stopping):
            logger.info("files changed, starting the worker again")
            await self._replace_all()

    async def _replace_all(self) -> None:
        self._wake.set()
        running = [child for child in self._children.values() if child.returncode is None]
        self._replaced.update(child.pid for child in running)
        for number in (signal.SIGTERM, signal.SIGTERM):
            for child in running:
                if child.returncode is None:
                    child.send_signal(number)
            await asyncio.sleep(RELOAD_PATIENCE_S)
