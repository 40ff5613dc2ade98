"""Doing things every so often, in a loop that has other work."""

import time

__all__ = ["Timer"]


class Timer:
    """Says when something is to be done again."""

    def __init__(self, every_s: float) -> None:
        self.every_s = every_s
        self._next = 0.0

    def is_due(self) -> bool:
        """Whether the time has come; the next one begins."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self.every_s
        return True

    def again(self) -> None:
        """Do it at once the next time: there was more than one piece."""
        self._next = 0.0
