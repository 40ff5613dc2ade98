"""Options that several commands have."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["redis_option"]

C = TypeVar("C", bound=Callable[..., Any])


def redis_option(fallback: str) -> Callable[[C], C]:
    """The option that says where Redis is."""
    return click.option(
        "--redis-url",
        envvar="REDIS_URL",
        show_envvar=True,
        metavar="URL",
        callback=_take_redis_url,
        help=f"Redis to use, for example redis://127.0.0.1:6379. Without it: {fallback}.",
    )


def _take_redis_url(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """Check the address, and put it where the parts look for it. An empty one counts as none."""
    os.environ.pop("REDIS_URL", None)
    if not value:
        return None
    from arqlight.cli.address import parse

    parse(value)
    os.environ["REDIS_URL"] = value
    return value
