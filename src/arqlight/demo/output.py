"""What the parts of a demo write: which lines to show, how, and which to remember."""

import asyncio
import contextlib
import logging
import os
import re
import sys
from collections import deque

import click

REMEMBERED_LINES = 200
LAST_LINES = 12
LONGEST_LINE = 2_000
LEVEL = re.compile(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b")
QUIET_LEVELS = ("DEBUG", "INFO")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class WithoutTraceback(logging.Filter):
    """Leaves tracebacks out: the page shows a failed job's."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record, without its traceback."""
        record.exc_info = record.exc_text = None
        return True


WORKER_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"demo": {"format": "%(levelname)s: %(message)s"}},
    "filters": {"brief": {"()": WithoutTraceback}},
    "handlers": {
        "jobs": {"class": "logging.StreamHandler", "formatter": "demo", "filters": ["brief"]},
        "worker": {"class": "logging.StreamHandler", "formatter": "demo"},
    },
    "loggers": {
        "arq": {"handlers": ["jobs"], "level": "INFO"},
        "arqlight": {"handlers": ["worker"], "level": "INFO"},
    },
    # What the functions say is kept with their jobs; only warnings are printed too.
    "root": {"level": "INFO"},
}
"""How the worker of a demo logs: each line begins with its level, as the web server's lines do."""


def say(text: str) -> None:
    """Print a line, unless nobody can read it any more (a closed terminal or pipe)."""
    try:
        click.echo(text)
    except OSError:
        let_go_of_terminal()


def let_go_of_terminal() -> None:
    """Write to nowhere from now on: the terminal is gone."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


class Output:
    """The lines of one part.

    Args:
        label: what marks its lines.
        verbose: show all of them.
        quiet: show none of them, unless verbose.
    """

    def __init__(self, label: str, *, verbose: bool, quiet: bool) -> None:
        self._label = label
        self._verbose = verbose
        self._quiet = quiet
        self._loud = True
        self._lines: deque[str] = deque(maxlen=REMEMBERED_LINES)
        self._seen = asyncio.Event()

    async def read(self, pipe: int) -> None:
        """Read to the end of a pipe, and close it.

        Args:
            pipe: its file descriptor.
        """
        stream = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(pipe, "rb", buffering=0)
        )
        with contextlib.closing(transport):
            await self._read_lines(stream)

    async def _read_lines(self, stream: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await stream.read(65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._add(line)
            if len(rest) > LONGEST_LINE:
                self._add(rest)
                rest = b""
        if rest:
            self._add(rest)

    def _add(self, raw: bytes) -> None:
        line = UNPRINTABLE.sub("", raw[:LONGEST_LINE].decode(errors="replace").rstrip())
        self._lines.append(line)
        self._seen.set()
        if self._verbose or (self._is_loud(line) and not self._quiet):
            say(f"{click.style(f'{self._label:>6} |', dim=True)} {line}")

    def _is_loud(self, line: str) -> bool:
        """Warnings and worse, and what follows them without a level, as a traceback does."""
        if match := LEVEL.match(line):
            self._loud = match[1] not in QUIET_LEVELS
        return self._loud

    async def wait_for(self, text: str) -> None:
        """Wait until a line holds this text."""
        while not any(text in line for line in self._lines):
            self._seen.clear()
            await self._seen.wait()

    def last_lines(self) -> list[str]:
        """The last few lines, marked as this part's."""
        return [f"{self._label:>6} | {line}" for line in list(self._lines)[-LAST_LINES:]]
