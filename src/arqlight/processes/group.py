"""Child processes that cannot outlive their parent.

All of them are put in one process group, led by a guard (see `arqlight.processes.guard`). That gives three
things:

- a terminal's Ctrl-C reaches the parent alone, which then stops its children in the right order;
- one signal reaches every child and whatever they started;
- if the parent is killed, the guard ends the group.
"""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

GUARD_PROGRAM = Path(__file__).with_name("guard.py")


def stop_signals() -> list[signal.Signals]:
    """The signals that stop a command: Ctrl-C, `kill`, and a closed terminal unless `nohup` ignores that."""
    hangup = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGINT, signal.SIGTERM, *hangup]


class ProcessGroup:
    """A group of child processes. Leaving its `async with` block kills whatever is left of it.

    Args:
        grace: seconds that the children get to stop by themselves after the parent was killed; None means
            that they are asked to stop and then left alone.
    """

    def __init__(self, grace: float | None) -> None:
        self._grace = "none" if grace is None else str(grace)
        self._leader: Process | None = None

    async def __aenter__(self) -> Self:
        await self._lead()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.kill()

    async def _lead(self) -> Process:
        """The guard, started if there is none (any more)."""
        if self._leader is None or self._leader.returncode is not None:
            self._leader = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(GUARD_PROGRAM), self._grace),
                stdin=PIPE,
                stdout=DEVNULL,
                stderr=DEVNULL,
                process_group=0,
            )
        return self._leader

    async def start(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        stdin: int = DEVNULL,
        output: int | None = None,
        pass_fds: Sequence[int] = (),
    ) -> Process:
        """Start a child in the group.

        Args:
            command: the program and its arguments.
            env: variables to set on top of our own.
            stdin: what it reads, as for `subprocess.Popen`.
            output: where it writes, errors included: `PIPE` to read it, None for where we write.
            pass_fds: file descriptors that it inherits.

        Returns:
            the process.
        """
        leader = await self._lead()
        return await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **(env or {})},
            stdin=stdin,
            stdout=output,
            stderr=None if output is None else STDOUT,
            pass_fds=pass_fds,
            process_group=leader.pid,
        )

    async def kill(self) -> None:
        """End the whole group at once, the guard included. Harmless when it is gone."""
        if self._leader is None or self._leader.returncode is not None:
            return
        # macOS says PermissionError of a group whose processes have ended and are not yet reaped.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._leader.pid, signal.SIGKILL)
        await self._leader.wait()


def own_command(*arguments: str, module: str = "arqlight") -> list[str]:
    """The command line that runs one of our modules as a child, with this Python.

    `-P` keeps the working directory off the front of `sys.path`, where a file named, say, `redis.py` would
    hide a package of ours; the commands that import a user's module add it at the end themselves.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def describe_exit(code: int) -> str:
    """How a process ended, in words: `exit code 1`, `killed by SIGKILL`.

    Args:
        code: as `subprocess` gives it: negative for a signal.
    """
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
