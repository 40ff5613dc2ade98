"""What the records of one answer may take together: a batch has as many as somebody cares to enqueue."""

import time

from arqlight.payload.bounding import Limits, Used

__all__ = ["Budget"]


class Budget:
    """Values, characters and time that are left for an answer.

    Args:
        nodes: how many values there may be in all.
        text: how many characters in all strings and keys together.
        seconds: for how long records may be read.
    """

    def __init__(self, *, nodes: int = 200_000, text: int = 4_194_304, seconds: float = 2.0) -> None:
        self.nodes = nodes
        self.text = text
        self._deadline = time.monotonic() + seconds

    @property
    def is_spent(self) -> bool:
        """Whether nothing more is to be read."""
        return self.nodes <= 0 or self.text <= 0 or time.monotonic() > self._deadline

    def share(self, limits: Limits) -> Limits:
        """The limits of one value, lowered to what is left."""
        return limits._replace(
            nodes=min(limits.nodes, self.nodes), total_text=min(limits.total_text, self.text)
        )

    def spend(self, used: Used) -> None:
        """Take off what one value has used."""
        self.nodes -= used.nodes
        self.text -= used.text
