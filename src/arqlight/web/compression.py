"""Compression for browsers: gzip, which Python and every browser have."""

import gzip
import re

__all__ = ["accepts_gzip", "gzipped"]

# Shorter answers fit into one packet anyway.
SHORTEST = 1024
_REFUSED = re.compile(r";\s*q\s*=\s*0(\.0*)?\s*$")


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client with this ``Accept-Encoding`` header takes gzip."""
    for choice in accept_encoding.lower().split(","):
        name = choice.partition(";")[0].strip()
        if name in ("gzip", "*"):
            return _REFUSED.search(choice) is None
    return False


def gzipped(content: bytes, level: int) -> bytes | None:
    """The content compressed, at ``level`` 1 (fast) to 9 (small), or None where that gains nothing."""
    if len(content) < SHORTEST:
        return None
    smaller = gzip.compress(content, level, mtime=0)
    return smaller if len(smaller) < len(content) else None
