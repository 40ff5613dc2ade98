"""The worker processes of a round, and what was done to each of them, and when."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field

from tests.processes import StartWorker, WorkerKind, WorkerProcess

__all__ = ["Fleet", "Member"]

STOP_TIMEOUT_S = 20.0
SETTINGS: dict[WorkerKind, str] = {
    "arqlight": "tests.soak.settings.Settings",
    "arq": "tests.soak.settings.Plain",
}


@dataclass(eq=False)
class Member:
    """One worker process. Times are seconds of the monotonic clock."""

    process: WorkerProcess
    # While something is done to it, nothing else is.
    busy: bool = False
    told_to_end: bool = False
    killed_at: float | None = None
    ended_at: float | None = None
    stalls: list[tuple[float, float]] = field(default_factory=list)

    @property
    def kind(self) -> WorkerKind:
        return self.process.kind

    def stalled_between(self, start: float, end: float) -> tuple[float, float] | None:
        """The last of its stalls that touches a span of time."""
        touching = [stall for stall in self.stalls if stall[0] < end and stall[1] > start]
        return touching[-1] if touching else None


class Fleet:
    """Starts workers, hurts them, and remembers all of them."""

    def __init__(self, start: StartWorker, env: dict[str, str]) -> None:
        self._start = start
        self._env = env
        self.members: list[Member] = []
        self.faults: list[str] = []

    async def start(self, kind: WorkerKind) -> Member:
        """Start a worker, and wait until it is up."""
        process = self._start(SETTINGS[kind], kind=kind, env=self._env, wait=False)
        member = Member(process, busy=True)
        self.members.append(member)
        await asyncio.to_thread(process.wait_until_up)
        member.busy = False
        return member

    def alive(self, kind: WorkerKind | None = None) -> list[Member]:
        """Those that are up and that nothing is being done to."""
        return [m for m in self.members if not (m.busy or m.told_to_end) and kind in (None, m.kind)]

    def look_after(self) -> list[Member]:
        """Those that ended by themselves: arqlight never may; plain arq does when its connection is cut."""
        ended = [m for m in self.members if not m.told_to_end and not m.process.running]
        for member in ended:
            member.told_to_end = True
            member.ended_at = time.monotonic()
            if member.kind == "arqlight":
                self.faults.append(f"{member.process} ended by itself:\n{member.process.output()[-3000:]}")
        return ended

    def kill(self, member: Member) -> None:
        """End it at once."""
        member.told_to_end = True
        member.killed_at = time.monotonic()
        member.process.kill()

    async def stall(self, member: Member, seconds: float) -> None:
        """Freeze it for some time."""
        member.busy = True
        begin = time.monotonic()
        try:
            member.process.signal(signal.SIGSTOP)
            await asyncio.sleep(seconds)
        finally:
            member.stalls.append((begin, time.monotonic()))
            member.process.signal(signal.SIGCONT)
            member.busy = False

    async def stop(self, member: Member) -> None:
        """Ask it to end; it has to, in good order and time."""
        member.told_to_end = True
        member.process.signal(signal.SIGTERM)
        try:
            code = await asyncio.to_thread(member.process.wait, STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.faults.append(
                f"{member.process} did not end within {STOP_TIMEOUT_S} s of SIGTERM:\n"
                f"{member.process.output()[-3000:]}"
            )
            self.kill(member)
            return
        member.ended_at = time.monotonic()
        if code != 0 and member.kind == "arqlight":
            self.faults.append(
                f"{member.process} ended with {code} after SIGTERM:\n{member.process.output()[-3000:]}"
            )

    def wake_all(self) -> None:
        """Let those that are frozen go on, whatever froze them."""
        for member in self.members:
            if member.process.running:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member.process.pid, signal.SIGCONT)
