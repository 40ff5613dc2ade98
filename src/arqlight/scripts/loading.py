"""The scripts' texts, as Redis is given them."""

import hashlib
from functools import cache
from importlib.resources import files

from arqlight import keys

__all__ = ["digest", "source"]

# The names that key prefixes have in the scripts.
_PREFIXES = {
    "JOB": keys.JOB_PREFIX,
    "RESULT": keys.RESULT_PREFIX,
    "RETRY": keys.RETRY_PREFIX,
    "IN_PROGRESS": keys.IN_PROGRESS_PREFIX,
    "PROGRESS": keys.PROGRESS_PREFIX,
    "ENDED": keys.ENDED_PREFIX,
    "LOG_HARD_CAP": keys.LOG_HARD_CAP,
}


@cache
def source(name: str) -> str:
    """The full text of a script: the key prefixes, the shared functions, and ``lua/{name}.lua``."""
    folder = files("arqlight") / "lua"
    shared = sorted((folder / "shared").iterdir(), key=lambda file: file.name)
    prefixes = [f"local {name} = '{prefix}'\n" for name, prefix in _PREFIXES.items()]
    return "".join([*prefixes, *(file.read_text() for file in [*shared, folder / f"{name}.lua"])])


@cache
def digest(name: str) -> str:
    """What Redis calls a script: the SHA-1 of its text."""
    return hashlib.sha1(source(name).encode(), usedforsecurity=False).hexdigest()
