"""Where Redis is: whether its address can be read, how to show it, and whether it answers."""

from urllib.parse import urlsplit

import click
from arq.connections import RedisSettings, create_pool
from redis.exceptions import RedisError

CONNECT_TIMEOUT_S = 3
SCHEMES = ("redis", "rediss", "unix")


def parse(url: str) -> RedisSettings:
    """Read the address of a Redis server, as arq does.

    :param url: begins with `redis://` (or `rediss://`, `unix://`)
    :raises click.ClickException: when it is no such address
    """
    name = repr(without_password(url))
    try:
        scheme = urlsplit(url).scheme
        settings = RedisSettings.from_dsn(url) if scheme in SCHEMES else None
    except ValueError as error:
        raise click.ClickException(f"{name} is not a Redis address: {error}.") from error
    if settings is None:
        raise click.ClickException(f"{name} is not a Redis address: it does not begin with redis://.")
    return settings


def without_password(url: str) -> str:
    """The address as it may be shown: without user name and password."""
    before, at, after = url.rpartition("@")
    return f"{before.partition('://')[0]}://{after}" if at else url


async def check(url: str) -> None:
    """Make sure that Redis answers.

    :raises click.ClickException: when it does not, or refuses us; names the address
    """
    settings = parse(url)
    settings.conn_retries = 0
    settings.conn_timeout = CONNECT_TIMEOUT_S
    try:
        pool = await create_pool(settings)
    except (RedisError, OSError) as error:
        raise click.ClickException(f"Cannot reach Redis at {without_password(url)}: {error}") from error
    await pool.close(close_connection_pool=True)
