"""The guard: a tiny process that leads a process group and ends it when its parent is gone.

It is run by file name (`python -I -S guard.py GRACE`), imports almost nothing and so starts in a few
milliseconds. Its standard input is a pipe whose other end only the parent holds: the operating system closes
that end however the parent dies, SIGKILL included, and that is all the guard waits for.

GRACE is how many seconds the group gets between SIGTERM and SIGKILL; `none` means that it is asked to stop
and never forced to.
"""

import os
import signal
import sys
import time


def wait_for_parent_to_be_gone() -> None:
    """Block until the pipe from the parent is closed."""
    while os.read(0, 1024):
        pass


def end_group(grace: float | None) -> None:
    """End every process of our group: SIGTERM, then after `grace` seconds SIGKILL (which includes us)."""
    os.killpg(0, signal.SIGTERM)
    if grace is None:
        return
    time.sleep(grace)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Ignore what a terminal sends, and wait."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    grace = None if sys.argv[1] == "none" else float(sys.argv[1])
    wait_for_parent_to_be_gone()
    end_group(grace)


if __name__ == "__main__":
    main()
