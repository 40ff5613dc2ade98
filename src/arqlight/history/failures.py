"""Which failures belong together: those of one function, with one exception, at one place in the code."""

import hashlib
import re

__all__ = ["fingerprint_of", "location_of"]

_FRAME = re.compile(r'File "([^"\n]+)", line \d+, in ([^\n]+)')
_START = "Traceback (most recent call last)"
# Where libraries are, Python's own and installed ones.
_LIBRARY = re.compile(r"[/\\](?:site-packages|dist-packages|lib[/\\]python3(?:\.\d+)?)[/\\]|^<frozen ")
_PARTS = 2


def location_of(traceback: str | None) -> str:
    """The deepest place of the user's own code in a traceback, as ``folder/file.py:function``.

    Without line numbers, which change with every edit. The deepest place at all where none is the user's;
    empty where there is none.
    """
    if not traceback:
        return ""
    raised = traceback[max(0, traceback.rfind(_START)) :]
    frames = _FRAME.findall(raised)
    own = [frame for frame in frames if not _LIBRARY.search(frame[0])]
    if not frames:
        return ""
    path, function = (own or frames)[-1]
    parts = re.split(r"[/\\]", path)[-_PARTS:]
    return f"{'/'.join(part for part in parts if part)}:{function.strip()}"


def fingerprint_of(function: str, error_type: str, location: str) -> str:
    """What tells a group of failures from others: 16 hex digits."""
    text = f"{function}\n{error_type}\n{location}"
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
