"""Keeps what functions log through `logging`: a few times a second, the new lines of all jobs in one call."""

import asyncio
import contextlib
import json
import logging
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any

from arqlight.redaction import Redaction
from arqlight.redis.failures import REDIS_TROUBLE
from arqlight.worker import catching
from arqlight.worker.attempt import Attempt
from arqlight.worker.ending import Ending
from arqlight.worker.link import Link
from arqlight.worker.observers import Observer

__all__ = ["LogLines"]

logger = logging.getLogger("arqlight.worker")

_INTERVAL_S = 0.25
_AGAIN_AFTER_S = 1.0
_END_WAIT_S = 5.0
# Of one event, and of one call.
_MOST_LINES, _MOST_EVENTS = 50, 200
_LONGEST_TEXT = 2_000
# What the worker itself says of its jobs is not what they say.
_OWN = frozenset({"arq.worker", "arqlight.worker"})


class LogLines(Observer):
    """Catches the lines of each try, and writes them to the event log.

    Args:
        loop: the worker's event loop.
        link: the way to Redis.
        most_lines: how many lines of one try are kept.
        most_bytes: how many bytes of text, in all of them.
        redaction: what is hidden in them.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        link: Link,
        *,
        most_lines: int,
        most_bytes: int,
        redaction: Redaction,
    ) -> None:
        self._loop = loop
        self._link = link
        self._most_lines = most_lines
        self._most_bytes = most_bytes
        self._redaction = redaction
        self._noted: set[_Lines] = set()
        self._hurry = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self._is_catching = False

    def start(self) -> None:
        """Begin to catch."""
        if not self._is_catching:
            self._is_catching = True
            catching.install()

    async def stop(self) -> None:
        """Catch no more, and write what is left, if Redis takes it."""
        if self._is_catching:
            self._is_catching = False
            catching.uninstall()
        self._hurry.set()
        self._start()
        if self._sender is not None:
            await asyncio.wait([self._sender], timeout=_END_WAIT_S)
            self._sender.cancel()
            self._sender = None

    def started(self, attempt: Attempt) -> None:
        """What the try's task logs from now on is the function's."""
        lines = _Lines(attempt, self._most_lines, self._most_bytes, self._redaction, self._note)
        catching.catch_for(lines)

    def ended(self, attempt: Attempt, ending: Ending) -> None:
        """Nothing more is. What is there is sent without delay, so that it is read before the end."""
        del attempt, ending
        lines = catching.taker()
        if isinstance(lines, _Lines):
            catching.catch_for(None)
            lines.is_over = True
            if lines.pending:
                self._hurry.set()

    def _note(self, lines: "_Lines") -> None:
        """There are new lines; called in whatever thread they were logged in."""
        if lines not in self._noted:
            self._noted.add(lines)
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        if self._noted and (self._sender is None or self._sender.done()):
            self._sender = self._loop.create_task(self._send_all(), name="arqlight-log-lines")

    async def _send_all(self) -> None:
        while self._noted:
            taken = [self._noted.pop() for _ in range(min(len(self._noted), _MOST_EVENTS))]
            batches = [(lines, lines.next(_MOST_LINES)) for lines in taken]
            try:
                await self._send([(lines, batch) for lines, batch in batches if batch])
            except REDIS_TROUBLE as error:
                logger.debug("lines of %d jobs were not written yet: %s", len(batches), error)
                for lines, batch in batches:
                    lines.pending.extendleft(reversed(batch))
                self._noted.update(taken)
                if not self._is_catching:
                    return
                await asyncio.sleep(_AGAIN_AFTER_S)
                continue
            self._noted.update(lines for lines, _ in batches if lines.pending)
            await self._pause()

    async def _pause(self) -> None:
        """Let lines gather, unless a job has ended."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_INTERVAL_S):
                await self._hurry.wait()
        if self._is_catching:
            self._hurry.clear()

    async def _send(self, batches: list[tuple["_Lines", list[dict[str, Any]]]]) -> None:
        if not batches:
            return
        events = [
            (lines.job_id, json.dumps({"job_try": lines.job_try, "lines": batch})) for lines, batch in batches
        ]
        async with self._link.call():
            await self._link.scripts.log(self._link.queue_name, events)


class _Lines:
    """The lines of one try, as many as are kept."""

    __slots__ = (
        "_bytes_left",
        "_is_full",
        "_lines_left",
        "_most_bytes",
        "_most_lines",
        "_note",
        "_redaction",
        "is_over",
        "job_id",
        "job_try",
        "pending",
    )

    def __init__(
        self,
        attempt: Attempt,
        most_lines: int,
        most_bytes: int,
        redaction: Redaction,
        note: Callable[["_Lines"], None],
    ) -> None:
        self.job_id = attempt.job_id
        self.job_try = attempt.job_try
        self.pending: deque[dict[str, Any]] = deque()
        self.is_over = False
        self._most_lines = self._lines_left = most_lines
        self._most_bytes = self._bytes_left = most_bytes
        self._is_full = False
        self._redaction = redaction
        self._note = note

    def take(self, record: logging.LogRecord) -> None:
        """Keep a line. Whatever is wrong with it, the function that logged it does not learn of it here."""
        if self.is_over or self._is_full or record.name in _OWN:
            return
        text = self._redaction.text(_text(record))
        self._lines_left -= 1
        self._bytes_left -= len(text.encode("utf-8", "replace"))
        if self._lines_left < 0 or self._bytes_left < 0:
            self._is_full = True
            kept = f"{self._most_lines:,} lines and {self._most_bytes:,} bytes"
            self._add(record, "WARNING", "arqlight.worker", f"What this try logs beyond {kept} is not kept.")
        else:
            self._add(record, record.levelname, record.name, text)

    def _add(self, record: logging.LogRecord, level: str, name: str, text: str) -> None:
        line = {"at_ms": int(record.created * 1000), "level": level, "logger": name, "text": text}
        self.pending.append(line)
        self._note(self)

    def next(self, most: int) -> list[dict[str, Any]]:
        """Take the next lines out; threads may add meanwhile."""
        return [self.pending.popleft() for _ in range(min(len(self.pending), most))]


def _text(record: logging.LogRecord) -> str:
    """A record's message, with its traceback if it has one; of a long one, its beginning and its end."""
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001  logging reports a message that does not fit its arguments by itself
        text = f"{record.msg!r} does not fit its arguments"
    if record.exc_info:
        error = record.exc_info[1]
        text = "\n".join([text, *(line.rstrip("\n") for line in traceback.format_exception(error))])
    if len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2 - 2
    return f"{text[:half]}\n…\n{text[-half:]}"
