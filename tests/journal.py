"""A file of JSON lines that many processes add to while a test reads it."""

import json
from pathlib import Path
from typing import Any

__all__ = ["append", "read"]


def append(path: Path, entry: object) -> None:
    """Add one entry, whole even if the process is killed right after."""
    with path.open("ab", buffering=0) as file:
        file.write(json.dumps(entry).encode() + b"\n")


def read(path: Path) -> list[Any]:
    """The entries so far, in order. One that is being written is left out: a reader may see a part of it."""
    if not path.exists():
        return []
    *lines, _being_written = path.read_bytes().split(b"\n")
    return [json.loads(line) for line in lines]
