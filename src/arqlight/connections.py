"""Bounds of what one connection, one client and all clients together may take of the web server.

uvicorn reads endless headers and bodies that never end; a proxy in front has limits of its own for that.
"""

import asyncio
import contextlib
import functools
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["BoundedProtocol", "Limits", "limits_from"]

RETRY_AFTER_S = 5
SPARE_FILES = 100  # for Redis, the history, our own modules

_WORDS = {
    408: "Request Timeout",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


@dataclass(frozen=True)
class Limits:
    """What is too much.

    Args:
        connections: how many there may be at once.
        per_client: how many of one address; this machine's own may have all, since a proxy on it stands for
            many, unless ``counts_local``.
        counts_local: whether this machine's own addresses are counted too.
        head_bytes: how long a request's headers may be.
        head_s: how many seconds they may take.
        body_bytes: how much of a body has to come within each ``body_s`` seconds.
        body_s: see there.
    """

    connections: int = 10_000
    per_client: int = 1_000
    counts_local: bool = False
    head_bytes: int = 65_536
    head_s: float = 10.0
    body_bytes: int = 16_384
    body_s: float = 30.0


def limits_from(environment: Mapping[str, str]) -> Limits:
    """The limits, with what ``ARQLIGHT_MAX_CONNECTIONS`` and ``ARQLIGHT_MAX_CONNECTIONS_PER_CLIENT`` say.

    Raises:
        ValueError: one of them is no number above 0.
    """
    most = _number(environment, "ARQLIGHT_MAX_CONNECTIONS", Limits.connections)
    per_client = _number(environment, "ARQLIGHT_MAX_CONNECTIONS_PER_CLIENT", Limits.per_client)
    return Limits(
        connections=max(1, min(most, _open_files() - SPARE_FILES)),
        per_client=per_client,
        counts_local="ARQLIGHT_MAX_CONNECTIONS_PER_CLIENT" in environment,
    )


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "") or str(default)
    if not (text.isascii() and text.isdecimal()) or int(text) == 0:
        raise ValueError(f"{name} is {text!r}. It is a number above 0.")
    return int(text)


def _open_files() -> int:
    """How many files and connections the system lets this process have."""
    with contextlib.suppress(ImportError):  # Windows lacks it, and has no such limit
        import resource  # noqa: PLC0415

        return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return Limits.connections + SPARE_FILES


@functools.cache
def limits_here() -> Limits:
    """The limits of this process."""
    return limits_from(os.environ)


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with the process's limits. All connections of a process are counted together."""

    of_clients: ClassVar[Counter[str]] = Counter()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection."""
        super().connection_made(transport)
        self.limits = limits_here()
        self._client_key = self.client[0] if self.client else ""
        self.of_clients[self._client_key] += 1
        self._timer: asyncio.TimerHandle | None = None
        self._in_body = False
        self._unfinished = 0
        self._refusal = self._too_many()
        self._wait(self.limits.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no more."""
        self._stop_waiting()
        self.of_clients[self._client_key] -= 1
        if not self.of_clients[self._client_key]:
            del self.of_clients[self._client_key]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, if they are not too many."""
        if self.transport.is_closing():
            return
        if self._refusal:
            # Not sooner: a client that still sends would not see the answer.
            self._answer(self._refusal)
            return
        self._unfinished += len(data)
        super().data_received(data)
        if self._in_body and self._unfinished >= self.limits.body_bytes:
            self._unfinished = 0
            self._wait(self.limits.body_s)
        elif not self._in_body and self._unfinished > self.limits.head_bytes:
            self._answer(431)

    def on_message_begin(self) -> None:
        """Wait for the headers' end."""
        super().on_message_begin()
        self._wait(self.limits.head_s)

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        super().on_headers_complete()
        self._unfinished = 0
        self._stop_waiting()
        if not self.parser.should_upgrade():
            self._in_body = True
            self._wait(self.limits.body_s)

    def on_message_complete(self) -> None:
        """Wait no more; uvicorn itself does between requests."""
        super().on_message_complete()
        self._in_body = False
        self._unfinished = 0
        self._stop_waiting()

    def _too_many(self) -> int:
        if len(self.connections) > self.limits.connections:
            return 503
        is_counted = self.limits.counts_local or not _is_local(self._client_key)
        if is_counted and self.of_clients[self._client_key] > self.limits.per_client:
            return 429
        return 0

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self._waited)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _waited(self) -> None:
        if self.flow.read_paused:  # it is the application that does not read
            self._wait(self.limits.body_s)
        elif self._in_body and self.cycle.response_started:
            self.transport.close()
        else:
            self._answer(408)

    def _answer(self, status: int) -> None:
        text = _WORDS[status]
        again = f"Retry-After: {RETRY_AFTER_S}\r\n" if status in (429, 503) else ""
        self.transport.write(
            f"HTTP/1.1 {status} {text}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n"
            f"{again}Connection: close\r\n\r\n{text}".encode()
        )
        self.transport.close()


def _is_local(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True  # a socket of this machine
