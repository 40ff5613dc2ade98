"""The supervisor: starts the parts of a demo, shows what they say, and ends them together.

A part is one process. The supervisor is over when it is told to stop (Ctrl-C, SIGTERM, a closed terminal),
when a part ends by itself, or when one cannot be started. It then stops the parts in the reverse order of
their start, and kills what does not stop.
"""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import click

from arqlight.demo.output import Output, let_go_of_terminal, say
from arqlight.processes import ProcessGroup, describe_exit, stop_signals

GRACE_AFTER_KILL_S = 3.0
"""How long the parts get to stop by themselves when the supervisor itself was killed."""
STOP_TIMEOUT_S = 4.0
LAST_WORDS_TIMEOUT_S = 1.0


@dataclass(frozen=True)
class PartSpec:
    """How to run a part.

    Args:
        name: what people call it, as in `the worker`.
        label: what its lines are marked with.
        command: the program and its arguments.
        env: variables to set.
        config: what to write to its standard input.
        pass_fds: file descriptors that it inherits.
        quiet: whether its lines are shown only when all are, or when it dies.
    """

    name: str
    label: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    config: bytes | None = None
    pass_fds: Sequence[int] = ()
    quiet: bool = False


class Part:
    """A part that runs."""

    def __init__(self, spec: PartSpec, process: Process, output: int, *, verbose: bool) -> None:
        self.name = spec.name
        self.process = process
        self.output = Output(spec.label, verbose=verbose, quiet=spec.quiet)
        self.reading = asyncio.create_task(self.output.read(output))
        self.ended = asyncio.create_task(process.wait())

    async def stop(self, hurry: asyncio.Event) -> None:
        """Ask it to stop, and kill it when it does not, or when there is a hurry."""
        if self.ended.done():
            return
        self.process.terminate()
        hurried = asyncio.create_task(hurry.wait())
        await asyncio.wait({self.ended, hurried}, timeout=STOP_TIMEOUT_S, return_when="FIRST_COMPLETED")
        hurried.cancel()
        if not self.ended.done():
            self.process.kill()
            await self.ended

    def let_go(self) -> None:
        """Stop reading its output, which something that it started may still hold."""
        self.reading.cancel()

    async def last_words(self) -> str:
        """How it ended, and the last lines that it wrote."""
        await asyncio.wait({self.reading}, timeout=LAST_WORDS_TIMEOUT_S)
        lines = self.output.last_lines()
        how = f"{self.name[:1].upper()}{self.name[1:]} ended by itself ({describe_exit(await self.ended)})"
        return "\n".join([f"{how}, after writing:", *lines] if lines else [f"{how}, without a word."])


class Supervisor:
    """Runs parts until it is over. An async context manager: leaving it stops every part.

    Args:
        verbose: whether to show every line that the parts write, not only their warnings.
    """

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose
        self._group = ProcessGroup(grace=GRACE_AFTER_KILL_S)
        self._parts: list[Part] = []
        self._over = asyncio.Event()
        self._hurry = asyncio.Event()
        self._first_to_end: Part | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in stop_signals():
            loop.add_signal_handler(number, self._on_signal, number)
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            for part in reversed(self._parts):
                await part.stop(self._hurry)
        finally:
            await self._group.kill()
            for part in self._parts:
                part.let_go()

    async def start(self, spec: PartSpec) -> Part:
        """Start a part. The order of starting is the reverse of the order of stopping.

        Raises:
            click.ClickException: when there is no such program.
        """
        # A pipe of our own: with asyncio's, a part would count as running while a child of it holds the pipe.
        reading_end, writing_end = os.pipe()
        try:
            process = await self._group.start(
                spec.command,
                env=spec.env,
                stdin=DEVNULL if spec.config is None else PIPE,
                output=writing_end,
                pass_fds=spec.pass_fds,
            )
        except OSError as error:
            os.close(reading_end)
            raise click.ClickException(f"Cannot start {spec.name}: {error}.") from error
        finally:
            os.close(writing_end)
        part = Part(spec, process, reading_end, verbose=self._verbose)
        self._parts.append(part)
        part.ended.add_done_callback(lambda _: self._on_end(part))
        if process.stdin is not None and spec.config is not None:
            process.stdin.write(spec.config)
            process.stdin.close()
        return part

    async def run(self, start: Callable[[Self], Coroutine[Any, Any, None]]) -> None:
        """Start the parts, and return when told to stop.

        Args:
            start: starts them and waits until they work.

        Raises:
            click.ClickException: when a part ends by itself, or cannot be started.
        """
        starting = asyncio.create_task(start(self))
        over = asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait({starting, over}, return_when="FIRST_COMPLETED")
            if not over.done():
                starting.result()
                await over
        finally:
            starting.cancel()
            over.cancel()
            await asyncio.wait({starting, over})
        if self._first_to_end is not None:
            raise click.ClickException(await self._first_to_end.last_words())

    def _on_end(self, part: Part) -> None:
        if not self._over.is_set():
            self._first_to_end = part
            self._over.set()

    def _on_signal(self, number: signal.Signals) -> None:
        """The first signal stops the parts in order, the second kills them."""
        if number is signal.SIGHUP:
            let_go_of_terminal()
        elif not self._over.is_set():
            say("\nStopping ..." if number is signal.SIGINT else "Stopping ...")
        if self._over.is_set():
            self._hurry.set()
        self._over.set()
