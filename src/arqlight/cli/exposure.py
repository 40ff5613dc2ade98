"""The rule of `--host`: beyond this machine nothing is served before somebody has said who may do what."""

import os
import socket
from ipaddress import ip_address

import click

from arqlight.web.auth.configured import access_from

VARIABLE = "ARQLIGHT_ACCESS"


def open_to_all() -> None:
    """Let everybody in, as ``--insecure`` says.

    Raises:
        click.ClickException: the environment says who may come in.
    """
    os.environ[VARIABLE] = os.environ.get(VARIABLE) or "open"
    _configured()


def check_exposed(host: str, *, is_configured: bool | None = None) -> None:
    """Refuse to listen beyond this machine where nobody has said who may come in.

    Args:
        host: where the server is to listen.
        is_configured: whether somebody has; by default, whether the environment says it.

    Raises:
        click.ClickException: nobody has; says what to set.
    """
    configured = _configured() if is_configured is None else is_configured
    if configured or is_here(host):
        return
    raise click.ClickException(
        f"On {host} other machines reach this server, and nobody has said who may use it. Set ARQLIGHT_USER "
        "and ARQLIGHT_PASSWORD_HASH (`arqlight password` makes one), or in an app of yours "
        "mount(access=...); --insecure or ARQLIGHT_ACCESS=open lets everybody do everything."
    )


def is_here(host: str) -> bool:
    """Whether only this machine reaches what listens there. Of names that lead nowhere, `listen` tells."""
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        return True
    return ip_address(str(found[0][4][0]).partition("%")[0]).is_loopback


def _configured() -> bool:
    try:
        return access_from(os.environ) is not None
    except ValueError as error:
        raise click.ClickException(str(error)) from error
