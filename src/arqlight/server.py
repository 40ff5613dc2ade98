"""The web server: uvicorn with a socket that is bound first, and a clean end."""

import contextlib
import copy
import errno
import logging
import os
import socket
from pathlib import Path
from typing import Any

import click
import uvicorn
from uvicorn.config import LOGGING_CONFIG
from uvicorn.supervisors import ChangeReload

from arqlight.connections import BoundedProtocol, limits_from
from arqlight.logs import as_json

GRACEFUL_SHUTDOWN_S = 1
"""A net under responses that do not end when they are told to."""
BACKLOG = 2048
RELOADED_FILES = ["*.py", "*.html", "*.css", "*.js", "*.svg", "*.lua"]
PACKAGE = Path(__file__).parent

logger = logging.getLogger("uvicorn.error")


def listen(host: str, port: int) -> socket.socket:
    """Take a port, so that it is certain to be ours before anything else is started.

    Args:
        host: address or name to listen on.
        port: 0 for any that is free.

    Returns:
        the listening socket.

    Raises:
        click.ClickException: when it cannot be had; says why.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise click.ClickException(f"Cannot listen on {host}: {error.strerror}.") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise click.ClickException(_why_not(error, host, port)) from error
    return listener


def inherited(number: int) -> socket.socket:
    """A listening socket that our parent opened.

    Args:
        number: its file descriptor.

    Raises:
        click.ClickException: when that is no socket.
    """
    try:
        return socket.socket(fileno=number)
    except OSError as error:
        raise click.ClickException(f"File descriptor {number} is not a socket.") from error


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program; choose another with --port or PORT."
    return f"Cannot listen on port {port} of {host}: {os.strerror(error.errno or 0)}."


def url_of(listener: socket.socket) -> str:
    """The address to open in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn's server, which says where it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then say so."""
        await super().startup(sockets=sockets)
        for listener in sockets or []:
            logger.info("Listening on %s", url_of(listener))


def log_config(*, json_lines: bool = False) -> dict[str, Any]:
    """uvicorn's logging, with arqlight's and arq's loggers beside its own; as JSON if that is wanted."""
    config: dict[str, Any] = copy.deepcopy(LOGGING_CONFIG)
    for name in ("arqlight", "arq"):
        config["loggers"][name] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    return as_json(config) if json_lines else config


def serve(
    app: str,
    listener: socket.socket,
    *,
    root_path: str = "",
    access_log: bool = False,
    reload: bool = False,
    warning: str = "",
    json_logs: bool = False,
) -> None:
    """Serve an application until SIGINT or SIGTERM.

    Args:
        app: `module:attribute`.
        listener: from `listen`.
        root_path: the prefix that a proxy in front strips.
        access_log: log every request.
        reload: start again whenever a file of arqlight changes.
        warning: what to log first.
        json_logs: log one JSON object a line.
    """
    try:
        limits_from(os.environ)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        log_config=log_config(json_lines=json_logs),
        root_path=root_path,
        access_log=access_log,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
        reload=reload,
        reload_dirs=[str(PACKAGE)] if reload else None,
        reload_includes=RELOADED_FILES if reload else None,
    )
    if warning:
        logger.warning(warning)
    server = Server(config)
    if reload:
        ChangeReload(config, target=server.run, sockets=[listener]).run()
        return
    # uvicorn ends well on SIGINT, and raises it again when it is done.
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
