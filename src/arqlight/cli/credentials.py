"""`arqlight password` and `arqlight token`: make what the settings want, and say where it goes."""

import secrets
import sys

import click

from arqlight.web.auth.accounts import hash_token
from arqlight.web.auth.passwords import hash_password

SHORTEST = 8


def make_password() -> None:
    """Ask for a password, or read a line of standard input, and print its hash.

    Raises:
        click.ClickException: it is too short.
    """
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < SHORTEST:
        raise click.ClickException(f"A password has {SHORTEST} or more characters.")
    click.echo("Set this beside ARQLIGHT_USER, or put it as password_hash into the users file:", err=True)
    click.echo(f"ARQLIGHT_PASSWORD_HASH='{hash_password(password)}'")


def make_token() -> None:
    """Make a token, and print it and what is kept of it."""
    token = secrets.token_urlsafe(32)
    click.echo(
        "For the program, which sends it as 'Authorization: Bearer ...', and for the server:", err=True
    )
    click.echo(f"ARQLIGHT_TOKEN={token}")
    click.echo("Or, for the server's users file, in place of the token itself:", err=True)
    click.echo(f'token_hash = "{hash_token(token)}"')
