"""What `arqlight demo` and `arqlight dev` start, in which order, and when it counts as started."""

import asyncio
import contextlib
import os
import re
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from arqlight import demo
from arqlight.demo import output
from arqlight.demo.output import say
from arqlight.demo.supervisor import PartSpec, Supervisor
from arqlight.demo.valkey import READY_LINE, embedded
from arqlight.processes import own_command
from arqlight.server import listen, url_of

START_TIMEOUT_S = 60.0
IN_MEMORY = "sqlite:///file:arqlight-demo?mode=memory&cache=shared&uri=true"
ASK_AGAIN_S = 0.05
LONGEST_REASON = 300
TAGS = re.compile(r"<[^>]*>")
APP = f"{demo.__name__}.app:app"
PACKAGE = Path(demo.__file__).parent.parent
WORKER_READY_LINE = "Starting worker for"
LOGGING = f"{output.__name__}.WORKER_LOGGING"


@dataclass(frozen=True)
class Options:
    """What the command line says.

    Args:
        host: where the web server listens.
        port: 0 for any that is free.
        redis_url: a Redis to use; None for an embedded Valkey.
        verbose: show every line that the parts write.
    """

    host: str
    port: int
    redis_url: str | None
    verbose: bool


def run_demo(options: Options) -> None:
    """Run the demo until told to stop.

    Raises:
        click.ClickException: when it cannot start, or a part ends by itself.
    """
    with listen(options.host, options.port) as listener:
        asyncio.run(_run(options, _Demo(options, listener).start))


def run_dev(options: Options) -> None:
    """Run the development server until told to stop.

    Raises:
        click.ClickException: when it cannot start, or a part ends by itself.
    """
    with listen(options.host, options.port) as listener:
        asyncio.run(_run(options, _Dev(options, listener).start))


async def _run(options: Options, start: Callable[[Supervisor], Coroutine[Any, Any, None]]) -> None:
    async with Supervisor(verbose=options.verbose) as supervisor:
        await supervisor.run(start)


class _Demo:
    """Redis, then worker and web server side by side, then the address."""

    settings: type = demo.WorkerSettings
    worker_arguments: tuple[str, ...] = ()
    web_arguments: tuple[str, ...] = ()

    def __init__(self, options: Options, listener: socket.socket) -> None:
        self._options = options
        self._listener = listener
        self._url = url_of(listener)

    async def start(self, supervisor: Supervisor) -> None:
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                redis_url = await self._start_redis(supervisor)
                worker = await supervisor.start(self._worker(redis_url))
                await supervisor.start(self._web(redis_url))
                self._listener.close()
                await worker.output.wait_for(WORKER_READY_LINE)
                await wait_for_page(self._url)
        except TimeoutError as error:
            raise click.ClickException(f"Not everything started within {START_TIMEOUT_S:g} s.") from error
        await self.started(supervisor, redis_url)

    async def started(self, supervisor: Supervisor, redis_url: str) -> None:  # noqa: ARG002  # _Dev needs them
        say(self._welcome())

    async def _start_redis(self, supervisor: Supervisor) -> str:
        if self._options.redis_url is not None:
            return self._options.redis_url
        server = embedded()
        part = await supervisor.start(server.spec)
        await part.output.wait_for(READY_LINE)
        return server.url

    def _worker(self, redis_url: str) -> PartSpec:
        settings = f"{demo.__name__}.{self.settings.__name__}"
        return PartSpec(
            name="the worker",
            label="worker",
            command=own_command("worker", settings, "--custom-log-dict", LOGGING, *self.worker_arguments),
            env={"REDIS_URL": redis_url, "PYTHONUNBUFFERED": "1"},
        )

    def _web(self, redis_url: str) -> PartSpec:
        number = self._listener.fileno()
        return PartSpec(
            name="the web server",
            label="web",
            command=own_command("web", "--app", APP, "--fd", str(number), *self.web_arguments),
            env={
                "REDIS_URL": redis_url,
                # The demo leaves nothing behind, so its history is in memory, unless a place is named.
                "HISTORY_URL": os.environ.get("HISTORY_URL") or IN_MEMORY,
                "PYTHONUNBUFFERED": "1",
            },
            pass_fds=[number],
        )

    def _welcome(self) -> str:
        redis = "an embedded Valkey" if self._options.redis_url is None else "Redis at REDIS_URL"
        return f"""
  The page is at {click.style(self._url + "/", bold=True)}

  Choose how many tasks, press Start, and watch every one of them move.
  Reload the page while they run, or open the same address in another browser: nothing is lost.
  The console, with every job there was: {self._url}/console/jobs
  For programs: curl -X POST {self._url}/task -H 'content-type: application/json' -d '{{"count": 3}}'

  Running: {redis}, one worker, the web server. Ctrl-C stops all of it.
"""


class _Dev(_Demo):
    """The demo, starting again when its code changes, with made-up load."""

    settings = demo.DevSettings
    worker_arguments = ("--watch", str(PACKAGE))
    web_arguments = ("--reload",)

    async def started(self, supervisor: Supervisor, redis_url: str) -> None:
        await super().started(supervisor, redis_url)
        await supervisor.start(
            PartSpec(
                name="the load maker",
                label="load",
                command=own_command(module="arqlight.demo.load"),
                env={"REDIS_URL": redis_url, "PYTHONUNBUFFERED": "1", "ARQLIGHT_URL": self._url},
            )
        )


async def wait_for_page(url: str) -> None:
    """Wait until the page answers.

    Raises:
        click.ClickException: when it answers with an error.
    """
    answer = await _ask_for_page(url)
    while not answer:
        await asyncio.sleep(ASK_AGAIN_S)
        answer = await _ask_for_page(url)
    head, _, body = answer.partition("\r\n\r\n")
    status = head.split()[1]
    # Where there is a login, the page leads to it.
    if not status.startswith(("2", "3")):
        text = " ".join(TAGS.sub(" ", body).split())[:LONGEST_REASON]
        raise click.ClickException(f"The page at {url}/ answers with status {status}: {text}")


async def _ask_for_page(url: str) -> str:
    """What `GET /` is answered with, empty for no answer."""
    place = urlsplit(url)
    request = f"GET / HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n\r\n"
    writer = None
    try:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(request.encode())
        return (await reader.read()).decode(errors="replace")
    except OSError:
        return ""
    finally:
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
