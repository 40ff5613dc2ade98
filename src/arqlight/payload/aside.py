"""Long reads in a thread of their own, so that the event loop goes on meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["LONG", "read_aside"]

# So many bytes are read in a few milliseconds; a thread is not worth while for fewer.
LONG = 65_536

_T = TypeVar("_T")
# One reads at a time: more of them would only take the interpreter from the event loop, in turns.
_reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="arqlight-reader")


async def read_aside(call: Callable[[], _T], size: int) -> _T:
    """Return what ``call`` does. size: the bytes that it reads; from `LONG` on it runs in a thread."""
    if size < LONG:
        return call()
    return await asyncio.get_running_loop().run_in_executor(_reader, call)
