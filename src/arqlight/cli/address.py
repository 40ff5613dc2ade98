"""Where Redis is: whether its address can be read, how to show it, and whether it answers and lets us in."""

import asyncio
import contextlib
import copy
import os

import click
from arq.connections import RedisSettings
from redis.exceptions import AuthenticationError, RedisError

from arqlight.redis import connect_redis, redis_settings
from arqlight.redis.failures import ClusterRefusedError, refuses

CONNECT_TIMEOUT_S = 3


def parse(url: str) -> RedisSettings:
    """Read the address of a Redis server.

    Raises:
        click.ClickException: when it is no such address.
    """
    try:
        return redis_settings(url)
    except ValueError as error:
        raise click.ClickException(f"{error}.") from error


def without_password(url: str) -> str:
    """The address as it may be shown: without user name and password."""
    before, at, after = url.rpartition("@")
    return f"{before.partition('://')[0]}://{after}" if at else url


def unusable(name: str, error: Exception) -> str:
    """Say that Redis refuses us or cannot be reached, and why.

    Args:
        name: its address, for people.
        error: what trying to use it raised.
    """
    if isinstance(error, AuthenticationError):
        return f"Redis at {name} refused the user name or password: {str(error).rstrip('.')}."
    if refuses(error):
        return f"Redis at {name} refuses: {str(error).rstrip('.')}."
    cause = error.__context__ if isinstance(error.__context__, OSError) else error
    if isinstance(cause, TimeoutError):
        reason = "it does not answer"
    elif isinstance(cause, OSError) and cause.errno is not None:
        reason = os.strerror(cause.errno) if cause.errno > 0 else str(cause.strerror)
    else:
        reason = str(error)
    return f"Cannot reach Redis at {name}: {reason.rstrip('.')}."


async def check(url: str) -> None:
    """Make sure that Redis answers.

    Raises:
        click.ClickException: when it does not, or refuses us; names the address.
    """
    settings = parse(url)
    settings.conn_timeout = CONNECT_TIMEOUT_S
    try:
        await _connect_once(settings)
    except (RedisError, OSError) as error:
        raise click.ClickException(unusable(without_password(url), error)) from error


async def check_password(settings: RedisSettings, name: str) -> None:
    """Make sure that Redis does not refuse us. It may be away: the worker's start tries again then.

    Args:
        settings: where it is.
        name: its address, for people.

    Raises:
        click.ClickException: when it refuses us; names the address.
    """
    with contextlib.suppress(RedisError, OSError):
        try:
            await _connect_once(settings)
        except (AuthenticationError, ClusterRefusedError) as error:
            raise click.ClickException(unusable(name, error)) from error


async def _connect_once(settings: RedisSettings) -> None:
    settings = copy.copy(settings)
    settings.conn_retries = 0
    async with asyncio.timeout(CONNECT_TIMEOUT_S):
        redis = await connect_redis(settings)
    await redis.aclose(close_connection_pool=True)
