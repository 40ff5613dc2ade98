"""The scripts' texts, as Redis is given them."""

import hashlib
import re
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
    "LOST": keys.LOST_PREFIX,
    "LOG_HARD_CAP": keys.LOG_HARD_CAP,
}


@cache
def source(name: str) -> str:
    """The full text of a script: the key prefixes, the shared functions that it uses, ``lua/{name}.lua``."""
    folder = files("arqlight") / "lua"
    shared = sorted((folder / "shared").iterdir(), key=lambda file: file.name)
    prefixes = "\n\n".join(f"local {name} = '{prefix}'" for name, prefix in _PREFIXES.items())
    library = "\n\n".join([prefixes, *(file.read_text() for file in shared)])
    return _with_what_it_uses((folder / f"{name}.lua").read_text(), library)


def _with_what_it_uses(text: str, library: str) -> str:
    """A script with those paragraphs of the library in front that define what it, or they, use.

    Defining a function costs the server something at every call of the script.
    """
    for paragraph in reversed(library.split("\n\n")):
        defined = re.findall(r"^local (?:function )?(\w+)", paragraph, re.MULTILINE)
        if any(re.search(rf"\b{word}\b", text) for word in defined):
            text = f"{paragraph}\n{text}"
    return text


@cache
def digest(name: str) -> str:
    """What Redis calls a script: the SHA-1 of its text."""
    return hashlib.sha1(source(name).encode(), usedforsecurity=False).hexdigest()
